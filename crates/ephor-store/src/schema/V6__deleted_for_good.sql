-- What was deleted for good can't be restored. Its row stays, so that the record and what was granted keep
-- their names.
ALTER TABLE users ADD COLUMN purged_at {int};
ALTER TABLE groups ADD COLUMN purged_at {int};

-- Groups whose rules are held against every user that changes.
CREATE INDEX groups_that_follow_a_rule ON groups (number) WHERE is_dynamic = 1 AND deleted_at IS NULL;
