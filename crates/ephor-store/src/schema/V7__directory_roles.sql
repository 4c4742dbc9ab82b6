-- Directory roles, administrative units, and the programs that hold them.

-- A role is three columns: what it is of (a group, or the definition of a directory role), which one (member,
-- owner, or 2 for a directory role), and over what a directory role is held (a unit, or nil for all).
ALTER TABLE schedules RENAME COLUMN group_id TO object_id;
ALTER TABLE requests RENAME COLUMN group_id TO object_id;
ALTER TABLE policies RENAME COLUMN group_id TO object_id;
ALTER TABLE policy_approvers RENAME COLUMN group_id TO object_id;
ALTER TABLE schedules ADD COLUMN scope_id {bytes} NOT NULL DEFAULT {nil};
ALTER TABLE requests ADD COLUMN scope_id {bytes} NOT NULL DEFAULT {nil};
CREATE INDEX schedules_of_directory ON schedules (kind, ends_at, number) WHERE access = 2;
CREATE INDEX requests_of_directory ON requests (kind, number) WHERE access = 2;

-- What was a table of its own is a grant like any other.
-- One that ended went with its holder's deletion, and does not come back.
INSERT INTO schedules (object_id, access, kind, grant_id, principal_id, principal_kind, origin, starts_at,
        ends_at, granted_ends_at, expiration, created_at, ended_why, noted_at, restored_as)
    SELECT {global_administrator}, 2, 1, principal_id, principal_id, 0, 2, starts_at, ends_at,
        9223372036854775807, '"never"', starts_at,
        CASE WHEN ends_at < 9223372036854775807 THEN 4 END,
        CASE WHEN ends_at < 9223372036854775807 THEN ends_at END,
        CASE WHEN ends_at < 9223372036854775807 THEN principal_id END
    FROM directory_role_assignments WHERE role = 0 ORDER BY number;
DROP TABLE directory_role_assignments;

-- A letter is about a role of a group, or about a directory role.
ALTER TABLE mails RENAME COLUMN group_id TO object_id;
ALTER TABLE mails ADD COLUMN of_directory_role {int} NOT NULL DEFAULT 0;

-- The directory role that an entry is about, where it is about one.
ALTER TABLE audit ADD COLUMN definition_id {bytes};
CREATE INDEX audit_by_definition ON audit (definition_id, sequence) WHERE definition_id IS NOT NULL;

CREATE TABLE role_definitions (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    created_at {int} NOT NULL,
    deleted_at {int},
    document {text} NOT NULL
){strict};

CREATE TABLE units (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    display_name_key {text} NOT NULL,
    description_key {text},
    restricted {int} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int},
    document {text} NOT NULL
){strict};
CREATE INDEX units_by_display_name ON units (display_name_key, number);

CREATE TABLE unit_members (
    number {key},
    unit_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    member_kind {int} NOT NULL
){strict};
CREATE UNIQUE INDEX unit_members_by_unit ON unit_members (unit_id, member_id);
CREATE INDEX unit_members_by_member ON unit_members (member_id, unit_id);

CREATE TABLE service_principals (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    app_id {bytes} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    display_name_key {text} NOT NULL,
    account_enabled {int} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int},
    document {text} NOT NULL
){strict};
