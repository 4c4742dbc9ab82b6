-- Sign-in: applications, sessions, what people sign in by, what is handed out once, and how often it was wrong.

ALTER TABLE users ADD COLUMN sessions_valid_from {int} NOT NULL DEFAULT 0;
-- When somebody else last reset their sign-in; 0 is never.
ALTER TABLE users ADD COLUMN reset_at {int} NOT NULL DEFAULT 0;

-- 0 signs access tokens, 1 signs ID tokens. The private part is wrapped by the master key.
ALTER TABLE signing_keys ADD COLUMN purpose {int} NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN revoked_at {int};

ALTER TABLE passwords ADD COLUMN changed_at {int} NOT NULL DEFAULT 0;

CREATE TABLE applications (
    id {bytes} PRIMARY KEY,
    document {text} NOT NULL,
    deleted_at {int}
){strict};

CREATE TABLE client_secrets (
    application_id {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    until {int} NOT NULL,
    PRIMARY KEY (application_id, hash)
){strict};

-- `secret` is the hash of a browser's cookie. A session is in force until `until` or `idle_until`, whichever
-- comes first, unless it ended before: then `ended_at` says when.
CREATE TABLE sessions (
    id {bytes} PRIMARY KEY,
    user_id {bytes} NOT NULL,
    parent_id {bytes},
    secret {bytes},
    until {int} NOT NULL,
    idle_until {int} NOT NULL,
    ended_at {int},
    document {text} NOT NULL
){strict};
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret) WHERE secret IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (user_id, until);
CREATE INDEX sessions_by_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE credentials (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    user_id {bytes} NOT NULL,
    kind {int} NOT NULL,
    name {text} NOT NULL,
    created_at {int} NOT NULL,
    used_at {int},
    last_step {int} NOT NULL,
    handle {bytes},
    secret {bytes} NOT NULL
){strict};
CREATE INDEX credentials_by_user ON credentials (user_id, kind, number);
CREATE UNIQUE INDEX credentials_by_handle ON credentials (kind, handle) WHERE handle IS NOT NULL;

-- Whom another identity provider knows under which name.
CREATE TABLE identities (
    issuer {text} NOT NULL,
    subject {text} NOT NULL,
    user_id {bytes} NOT NULL,
    linked_at {int} NOT NULL,
    PRIMARY KEY (issuer, subject)
){strict};
CREATE INDEX identities_by_user ON identities (user_id);

-- What is handed out once: codes, refresh tokens, challenges. Only the hash of each is kept.
CREATE TABLE tickets (
    kind {int} NOT NULL,
    hash {bytes} NOT NULL,
    other {bytes},
    user_id {bytes},
    session_id {bytes},
    until {int} NOT NULL,
    used_at {int},
    document {text} NOT NULL,
    PRIMARY KEY (kind, hash)
){strict};
CREATE UNIQUE INDEX tickets_by_other ON tickets (kind, other) WHERE other IS NOT NULL;
CREATE INDEX tickets_by_until ON tickets (until);

CREATE TABLE attempts (
    subject {text} PRIMARY KEY,
    failed {int} NOT NULL,
    until {int},
    last_at {int} NOT NULL
){strict};

-- What a sign-in has to be for what: authentication contexts, Conditional Access policies, named locations, and
-- authentication strengths.
CREATE TABLE conditions (
    number {key},
    kind {int} NOT NULL,
    id {text} NOT NULL,
    document {text} NOT NULL
){strict};
CREATE UNIQUE INDEX conditions_by_id ON conditions (kind, id);
