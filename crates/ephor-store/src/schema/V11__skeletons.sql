-- What names look like, so that no two look the same. `skeletons.rs` works them out, also for the rows that are
-- here already.

ALTER TABLE users ADD COLUMN name_skeleton {text};
ALTER TABLE users ADD COLUMN name_folded_skeleton {text};
CREATE INDEX users_by_skeleton ON users (name_skeleton);
CREATE INDEX users_by_folded_skeleton ON users (name_folded_skeleton);
CREATE INDEX users_without_skeleton ON users (number) WHERE name_skeleton IS NULL;

ALTER TABLE groups ADD COLUMN nickname_skeleton {text};
ALTER TABLE groups ADD COLUMN nickname_folded_skeleton {text};
CREATE INDEX groups_by_skeleton ON groups (nickname_skeleton);
CREATE INDEX groups_by_folded_skeleton ON groups (nickname_folded_skeleton);
CREATE INDEX groups_without_skeleton ON groups (number) WHERE nickname_skeleton IS NULL;

-- A page of a unit goes on behind the last row of the one before.
CREATE INDEX unit_members_in_order ON unit_members (unit_id, number);
