-- Whether its owner has to set another password at the next sign-in: 0 no, 1 yes, 2 once a second factor was shown.
ALTER TABLE passwords ADD COLUMN change_asked {int} NOT NULL DEFAULT 0;
