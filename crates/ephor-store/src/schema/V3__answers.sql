-- Answers that may be asked for again, because the first one was lost on its way (F-19).

CREATE TABLE answers (
    caller {text} NOT NULL,
    key {text} NOT NULL,
    request {bytes} NOT NULL,
    answer {text} NOT NULL,
    until {int} NOT NULL,
    PRIMARY KEY (caller, key)
){strict};
CREATE INDEX answers_by_until ON answers (until);
