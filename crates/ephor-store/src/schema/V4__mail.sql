-- Mails: one row for each recipient of an event, written once, kept after it was sent.

CREATE TABLE mails (
    number {key},
    sequence {int} NOT NULL,
    recipient {text} NOT NULL,
    -- What two spellings of the same address share: nobody gets the same event twice.
    recipient_key {text} NOT NULL,
    recipient_id {bytes},
    kind {text} NOT NULL,
    group_id {bytes} NOT NULL,
    subject {text} NOT NULL,
    plain {text} NOT NULL,
    html {text} NOT NULL,
    message_id {text} NOT NULL,
    thread_id {text} NOT NULL,
    list_id {text} NOT NULL,
    created_at {int} NOT NULL,
    state {int} NOT NULL,
    due_at {int} NOT NULL,
    attempts {int} NOT NULL,
    error {text},
    settled_at {int},
    UNIQUE (sequence, recipient_key)
){strict};
CREATE INDEX mails_by_due ON mails (due_at, number) WHERE state = 0;

-- Which reminder of the end was written down last: 0 none, 1 of 14 days, 2 of one day.
ALTER TABLE schedules ADD COLUMN reminded {int} NOT NULL DEFAULT 0;
CREATE INDEX schedules_to_remind ON schedules (ends_at) WHERE origin = 0 AND noted_at IS NULL AND reminded < 2;
