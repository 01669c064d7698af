-- how each way in for mail fares; ways that are no longer in the settings stay as history
CREATE TABLE mail_channel (
    name TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lmtp', 'imap')),
    -- minutes without success until an alarm; none where silence is no trouble
    alarm_minutes BIGINT,
    in_use BOOLEAN NOT NULL,
    -- since when it is watched: what never worked is measured from here
    watched_since TIMESTAMP NOT NULL,
    worked_at TIMESTAMP,
    failing_since TIMESTAMP,
    trouble TEXT,
    CHECK ((failing_since IS NULL) = (trouble IS NULL))
);
