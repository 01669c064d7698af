-- The append-only history. Lines are chained by a second table, so that many writers need not wait for one another.
CREATE TABLE trail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    door TEXT NOT NULL CHECK (door IN ('citizen', 'staff', 'shell', 'system')),
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('citizen', 'staff', 'system')),
    actor_id INTEGER,
    actor_name TEXT NOT NULL,
    act TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    letter_id INTEGER,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX trail_letter_id_id ON trail (letter_id, id) WHERE letter_id IS NOT NULL;
CREATE INDEX trail_subject_kind_subject_id_id ON trail (subject_kind, subject_id, id);
CREATE INDEX trail_at ON trail (at);
CREATE INDEX trail_actor_id_id ON trail (actor_id, id) WHERE actor_id IS NOT NULL;

CREATE TABLE trail_link (
    no INTEGER PRIMARY KEY,
    trail_id INTEGER NOT NULL UNIQUE REFERENCES trail (id),
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- each time the chain was walked, and what was found
CREATE TABLE trail_check (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    lines INTEGER NOT NULL,
    head TEXT NOT NULL,
    faults TEXT NOT NULL
) STRICT;

CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail
BEGIN
    SELECT RAISE(ABORT, 'the trail is never changed');
END;

CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail
BEGIN
    SELECT RAISE(ABORT, 'the trail is never cut');
END;

CREATE TRIGGER trail_link_no_update BEFORE UPDATE ON trail_link
BEGIN
    SELECT RAISE(ABORT, 'the trail is never changed');
END;

CREATE TRIGGER trail_link_no_delete BEFORE DELETE ON trail_link
BEGIN
    SELECT RAISE(ABORT, 'the trail is never cut');
END;
