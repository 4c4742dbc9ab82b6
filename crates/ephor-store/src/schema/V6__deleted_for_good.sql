-- What was deleted for good can't be restored. Its row stays, so that the record and what was granted keep
-- their names.
ALTER TABLE users ADD COLUMN purged_at {int};
ALTER TABLE groups ADD COLUMN purged_at {int};
