-- Lists of access packages are narrowed and cut here, and what a package gives, and who approves it, is found
-- from the group (T-05). What stands in the documents already is copied out of them: until now packages held
-- roles of groups only.

CREATE TABLE package_roles (
    package_id {bytes} NOT NULL,
    object_id {bytes} NOT NULL,
    access {int} NOT NULL,
    kind {int} NOT NULL,
    PRIMARY KEY (package_id, object_id, access, kind)
){strict};
CREATE INDEX package_roles_by_object ON package_roles (object_id, package_id);

INSERT INTO package_roles (package_id, object_id, access, kind)
SELECT p.id, c.object_id, w.access, w.kind
FROM access_packages p JOIN catalog_resources c ON c.catalog_id = p.catalog_id
CROSS JOIN (SELECT 'member' AS word, 0 AS access, 1 AS kind UNION ALL SELECT 'owner', 1, 1
    UNION ALL SELECT 'eligibleMember', 0, 0 UNION ALL SELECT 'eligibleOwner', 1, 0) w
WHERE REPLACE(p.document, '-', '')
    LIKE '%"group":"' || {hex(}c.object_id{)} || '","role":"' || w.word || '"%';

-- The groups whose members approve under each policy as it is now.
CREATE TABLE package_approvers (
    policy_id {bytes} NOT NULL,
    package_id {bytes} NOT NULL,
    approver_id {bytes} NOT NULL,
    PRIMARY KEY (policy_id, approver_id)
){strict};
CREATE INDEX package_approvers_by_approver ON package_approvers (approver_id, package_id);

INSERT INTO package_approvers (policy_id, package_id, approver_id)
SELECT p.id, p.package_id, g.id FROM package_policies p
JOIN groups g ON REPLACE(p.document, '-', '')
    LIKE '%"approval":%"groupMembers":{"id":"' || {hex(}g.id{)} || '"%'
WHERE p.document LIKE '%"groupMembers"%';

ALTER TABLE package_requests ADD COLUMN policy_id {bytes};
ALTER TABLE package_requests ADD COLUMN assignment_id {bytes};
-- 0 userAdd, 1 userUpdate, 2 userRemove, 3 adminAdd, 4 adminUpdate, 5 adminRemove.
ALTER TABLE package_requests ADD COLUMN action {int} NOT NULL DEFAULT 0;
-- 0 waiting, 1 denied, 2 withdrawn, 3 given whole, 4 in part, 5 not at all; with `starts_at` of what was given.
ALTER TABLE package_requests ADD COLUMN outcome {int} NOT NULL DEFAULT 0;
ALTER TABLE package_requests ADD COLUMN starts_at {int} NOT NULL DEFAULT 0;
-- When others may decide too; nothing once they were told.
ALTER TABLE package_requests ADD COLUMN escalates_at {int};

UPDATE package_requests SET
    assignment_id = (SELECT a.id FROM package_assignments a WHERE a.created_using = package_requests.id),
    policy_id = (SELECT a.policy_id FROM package_assignments a WHERE a.created_using = package_requests.id),
    starts_at = COALESCE((SELECT a.starts_at FROM package_assignments a
        WHERE a.created_using = package_requests.id), created_at),
    action = CASE WHEN document LIKE '%"action":"userUpdate"%' THEN 1
        WHEN document LIKE '%"action":"userRemove"%' THEN 2
        WHEN document LIKE '%"action":"adminAdd"%' THEN 3
        WHEN document LIKE '%"action":"adminUpdate"%' THEN 4
        WHEN document LIKE '%"action":"adminRemove"%' THEN 5 ELSE 0 END,
    outcome = CASE WHEN document LIKE '%"outcome":{"denied"%' THEN 1
        WHEN document LIKE '%"outcome":{"canceled"%' THEN 2
        WHEN document LIKE '%"outcome":{"done"%"delivered":"whole"}%' THEN 3
        WHEN document LIKE '%"outcome":{"done"%"delivered":"partly"}%' THEN 4
        WHEN document LIKE '%"outcome":{"done"%' THEN 5 ELSE 0 END;

CREATE INDEX package_requests_escalating ON package_requests (escalates_at) WHERE escalates_at IS NOT NULL;
