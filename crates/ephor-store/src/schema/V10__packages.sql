-- Access packages: what can be asked for, who asked, and who has what. What a package gives is a row of
-- `schedules` like any other grant, with origin 3 and the package assignment in `used_grant_id`.

CREATE TABLE catalogs (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    name_key {text} NOT NULL UNIQUE,
    document {text} NOT NULL
){strict};

CREATE TABLE catalog_resources (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    catalog_id {bytes} NOT NULL,
    object_id {bytes} NOT NULL,
    document {text} NOT NULL,
    UNIQUE (catalog_id, object_id)
){strict};
CREATE INDEX catalog_resources_by_object ON catalog_resources (object_id);

CREATE TABLE access_packages (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    catalog_id {bytes} NOT NULL,
    document {text} NOT NULL
){strict};
CREATE INDEX access_packages_by_catalog ON access_packages (catalog_id);

CREATE TABLE package_policies (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    package_id {bytes} NOT NULL,
    document {text} NOT NULL
){strict};
CREATE INDEX package_policies_by_package ON package_policies (package_id);

-- `waits_until` is there while a request waits for an approver; `noted_at` says that the end of its waiting was
-- written down, and changes no answer.
CREATE TABLE package_requests (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    package_id {bytes} NOT NULL,
    target_id {bytes} NOT NULL,
    actor_id {bytes},
    waits_until {int},
    noted_at {int},
    created_at {int} NOT NULL,
    document {text} NOT NULL
){strict};
CREATE INDEX package_requests_by_package ON package_requests (package_id, number);
CREATE INDEX package_requests_by_target ON package_requests (target_id, number);
CREATE INDEX package_requests_by_actor ON package_requests (actor_id, number) WHERE actor_id IS NOT NULL;
CREATE INDEX package_requests_waiting ON package_requests (waits_until) WHERE waits_until IS NOT NULL;

-- A package as somebody has it. `ends_at` is the only truth of when it is over.
CREATE TABLE package_assignments (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    package_id {bytes} NOT NULL,
    policy_id {bytes} NOT NULL,
    target_id {bytes} NOT NULL,
    starts_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    created_at {int} NOT NULL,
    created_using {bytes} NOT NULL,
    noted_at {int},
    -- Which reminder of the end was written down last: 0 none, 1 of 14 days, 2 of one day.
    reminded {int} NOT NULL DEFAULT 0
){strict};
CREATE INDEX package_assignments_by_package ON package_assignments (package_id, ends_at);
CREATE INDEX package_assignments_by_target ON package_assignments (target_id, ends_at);
CREATE INDEX package_assignments_by_policy ON package_assignments (policy_id, ends_at);
CREATE INDEX package_assignments_by_end ON package_assignments (ends_at) WHERE noted_at IS NULL;

CREATE TABLE catalog_roles (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    catalog_id {bytes},
    principal_id {bytes} NOT NULL,
    document {text} NOT NULL
){strict};
CREATE INDEX catalog_roles_by_principal ON catalog_roles (principal_id);
