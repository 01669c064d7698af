-- how each way in for mail fares; ways that are no longer in the settings stay as history
CREATE TABLE mail_channel (
    name TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lmtp', 'imap')),
    -- minutes without success until an alarm; none where silence is no trouble
    alarm_minutes INTEGER,
    in_use INTEGER NOT NULL CHECK (in_use IN (0, 1)),
    -- since when it is watched: what never worked is measured from here
    watched_since TEXT NOT NULL,
    worked_at TEXT,
    failing_since TEXT,
    trouble TEXT,
    CHECK ((failing_since IS NULL) = (trouble IS NULL))
) STRICT;
