-- Requests that wait and are decided, people with several accounts, and who approves what.

ALTER TABLE requests ADD COLUMN approval {int} NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN decision {int};
ALTER TABLE requests ADD COLUMN decided_at {int};
ALTER TABLE requests ADD COLUMN decider {int};
ALTER TABLE requests ADD COLUMN decider_id {bytes};
ALTER TABLE requests ADD COLUMN decision_justification {text};
-- The waiting ended by the clock, and that was written down; it changes no answer.
ALTER TABLE requests ADD COLUMN noted_at {int};
CREATE INDEX requests_waiting_by_role ON requests (group_id, access, principal_id, outcome_at)
    WHERE outcome IN (2, 3);
CREATE INDEX requests_waiting_by_end ON requests (outcome_at) WHERE outcome IN (2, 3) AND noted_at IS NULL;

CREATE INDEX schedules_by_used ON schedules (used_grant_id) WHERE used_grant_id IS NOT NULL;

ALTER TABLE users ADD COLUMN employee_id_key {text};
CREATE INDEX users_by_employee_id ON users (employee_id_key) WHERE employee_id_key IS NOT NULL;

-- The approvers of each policy as it is now, so that whoever approves finds what waits for them.
CREATE TABLE policy_approvers (
    group_id {bytes} NOT NULL,
    access {int} NOT NULL,
    approver_id {bytes} NOT NULL,
    PRIMARY KEY (group_id, access, approver_id)
){strict};
CREATE INDEX policy_approvers_by_approver ON policy_approvers (approver_id, group_id, access);
