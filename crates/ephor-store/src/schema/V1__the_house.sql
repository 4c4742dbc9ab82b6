-- Everything that Ephor remembers in its first version. Instants are microseconds since 1970, ids are the
-- 16 bytes of a UUID, `number` is the order in which rows were made.

CREATE TABLE tenant (
    id {int} PRIMARY KEY CHECK (id = 1),
    document {text} NOT NULL
){strict};

-- One row: where the audit chain ends, and the time that was already used.
CREATE TABLE state (
    id {int} PRIMARY KEY CHECK (id = 1),
    audit_sequence {int} NOT NULL,
    audit_hash {bytes} NOT NULL,
    time_floor {int} NOT NULL,
    clock_offset {int} NOT NULL
){strict};
INSERT INTO state VALUES (1, 0, {empty}, 946684800000000, 0);

CREATE TABLE audit (
    sequence {int} PRIMARY KEY,
    at {int} NOT NULL,
    caller {text} NOT NULL,
    name {text} NOT NULL,
    event {text} NOT NULL,
    group_id {bytes},
    principal_id {bytes},
    actor_id {bytes},
    hash {bytes} NOT NULL
){strict};
CREATE INDEX audit_by_group ON audit (group_id, sequence) WHERE group_id IS NOT NULL;
CREATE INDEX audit_by_principal ON audit (principal_id, sequence) WHERE principal_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, sequence) WHERE actor_id IS NOT NULL;

CREATE TABLE users (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    display_name_key {text} NOT NULL,
    user_principal_name {text} NOT NULL,
    user_principal_name_key {text} NOT NULL,
    mail {text},
    mail_key {text},
    mail_nickname_key {text},
    given_name_key {text},
    surname_key {text},
    job_title_key {text},
    department_key {text},
    account_enabled {int} NOT NULL,
    user_type_key {text} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int},
    document {text} NOT NULL
){strict};
CREATE UNIQUE INDEX users_by_name ON users (user_principal_name_key) WHERE deleted_at IS NULL;
CREATE INDEX users_by_display_name ON users (display_name_key, number);
CREATE INDEX users_by_mail ON users (mail_key) WHERE mail_key IS NOT NULL;

CREATE TABLE groups (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    display_name_key {text} NOT NULL,
    description_key {text},
    mail {text},
    mail_key {text},
    mail_nickname_key {text} NOT NULL,
    mail_enabled {int} NOT NULL,
    security_enabled {int} NOT NULL,
    role_assignable {int} NOT NULL,
    synchronised {int} NOT NULL,
    is_unified {int} NOT NULL,
    is_dynamic {int} NOT NULL,
    visibility_key {text} NOT NULL,
    rule_processing_key {text},
    created_at {int} NOT NULL,
    managed_since {int},
    deleted_at {int},
    document {text} NOT NULL
){strict};
CREATE INDEX groups_by_display_name ON groups (display_name_key, number);
CREATE INDEX groups_by_mail_nickname ON groups (mail_nickname_key);

CREATE TABLE directory_role_assignments (
    number {key},
    principal_id {bytes} NOT NULL,
    role {int} NOT NULL,
    starts_at {int} NOT NULL,
    ends_at {int} NOT NULL
){strict};
CREATE INDEX directory_role_assignments_by_principal
    ON directory_role_assignments (principal_id, role, ends_at, starts_at);

-- A row is one grant. `ends_at` is the only truth of when it is over; whoever ends it early lowers it.
-- `noted_at` says that the end was written down; it changes no answer.
CREATE TABLE schedules (
    number {key},
    group_id {bytes} NOT NULL,
    access {int} NOT NULL,
    kind {int} NOT NULL,
    grant_id {bytes} NOT NULL UNIQUE,
    principal_id {bytes} NOT NULL,
    principal_kind {int} NOT NULL,
    origin {int} NOT NULL,
    used_grant_id {bytes},
    starts_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    granted_ends_at {int} NOT NULL,
    info_starts_at {int},
    expiration {text} NOT NULL,
    created_at {int} NOT NULL,
    created_using {bytes},
    ended_why {int},
    ended_using {bytes},
    noted_at {int}
){strict};
-- Does this principal have this role of this group? Answered from the index alone.
CREATE INDEX schedules_by_role
    ON schedules (group_id, access, principal_id, kind, ends_at, starts_at);
-- Who has it? What is over is never looked at.
CREATE INDEX schedules_by_group
    ON schedules (group_id, kind, access, ends_at, starts_at, principal_id, principal_kind);
CREATE INDEX schedules_by_principal ON schedules (principal_id, kind, ends_at);
CREATE INDEX schedules_by_end ON schedules (ends_at) WHERE noted_at IS NULL;

CREATE TABLE requests (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    kind {int} NOT NULL,
    action {int} NOT NULL,
    group_id {bytes} NOT NULL,
    access {int} NOT NULL,
    principal_id {bytes} NOT NULL,
    info_starts_at {int},
    expiration {text},
    justification {text},
    ticket_system {text},
    ticket_number {text},
    target_grant_id {bytes},
    created_at {int} NOT NULL,
    actor {int} NOT NULL,
    actor_id {bytes},
    outcome {int} NOT NULL,
    outcome_at {int} NOT NULL,
    policy_version {int}
){strict};
CREATE INDEX requests_by_group ON requests (group_id, kind, number);
CREATE INDEX requests_by_principal ON requests (principal_id, kind, number);
CREATE INDEX requests_by_actor ON requests (actor_id, kind, number) WHERE actor_id IS NOT NULL;

CREATE TABLE policies (
    group_id {bytes} NOT NULL,
    access {int} NOT NULL,
    version {int} NOT NULL,
    rules {text} NOT NULL,
    modified_at {int} NOT NULL,
    actor {int} NOT NULL,
    actor_id {bytes},
    PRIMARY KEY (group_id, access)
){strict};

-- What waits to be told outside; the event itself is in the audit log.
CREATE TABLE outbox (
    id {key},
    sequence {int} NOT NULL,
    due_at {int} NOT NULL,
    attempts {int} NOT NULL,
    error {text}
){strict};
CREATE INDEX outbox_by_due ON outbox (due_at, id);

CREATE TABLE signing_keys (
    id {text} PRIMARY KEY,
    private {bytes} NOT NULL,
    public {bytes} NOT NULL,
    created_at {int} NOT NULL
){strict};

CREATE TABLE passwords (
    user_id {bytes} PRIMARY KEY,
    hash {text} NOT NULL
){strict};
