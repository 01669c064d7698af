-- The folder keeps its first name, for databases record it. It holds what background work keeps: the digest's days,
-- the search index of letters, the seals of letters, and how far each has come.

-- the daily mail to staff: at most one a person and day
CREATE TABLE digest_sent (
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    day TEXT NOT NULL,
    PRIMARY KEY (staff_id, day)
) STRICT;

CREATE VIRTUAL TABLE letter_terms USING fts5(t, content='', contentless_delete=1, tokenize='ascii');

-- a keyed hash over everything that belongs to a letter, made anew after every act on it
CREATE TABLE letter_seal (
    letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
    trail_no INTEGER NOT NULL,
    digests TEXT NOT NULL
) STRICT;

-- how far along the trail's chain letters are sealed
CREATE TABLE letter_seal_progress (
    id INTEGER PRIMARY KEY,
    trail_no INTEGER NOT NULL
) STRICT;

INSERT INTO letter_seal_progress (id, trail_no) VALUES (1, 0);
