-- What a deletion or a disabling cut short can come back, who gave what is kept with it, and the audit log is
-- found by what happened to a group.

-- The grant that took the place of one that a deletion or a disabling ended: it comes back once.
ALTER TABLE schedules ADD COLUMN restored_as {bytes};
-- Who gave it, as the actor of the event that made it; empty for what was given before this was kept.
ALTER TABLE schedules ADD COLUMN giver {int};
ALTER TABLE schedules ADD COLUMN giver_id {bytes};
CREATE INDEX schedules_cut_short_by_group ON schedules (group_id)
    WHERE ended_why = 4 AND restored_as IS NULL;
CREATE INDEX schedules_cut_short_by_principal ON schedules (principal_id)
    WHERE ended_why = 4 AND restored_as IS NULL;

CREATE INDEX requests_waiting_by_principal ON requests (principal_id, outcome_at) WHERE outcome IN (2, 3);

CREATE INDEX groups_by_deletion ON groups (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX users_by_deletion ON users (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX audit_by_name ON audit (name, group_id, sequence);
