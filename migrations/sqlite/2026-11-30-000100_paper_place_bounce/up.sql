-- what only some letters and mails have stands apart: the rows everybody reads and writes are shorter for it

-- what a letter on paper says of its way
CREATE TABLE letter_paper (
    letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
    written_on TEXT,
    postmarked_on TEXT,
    collected_on TEXT,
    box_location TEXT
) STRICT;
INSERT INTO letter_paper (letter_id, written_on, postmarked_on, collected_on, box_location)
SELECT id, written_on, postmarked_on, collected_on, box_location FROM letter
WHERE written_on IS NOT NULL OR postmarked_on IS NOT NULL OR collected_on IS NOT NULL OR box_location IS NOT NULL;
ALTER TABLE letter DROP COLUMN written_on;
ALTER TABLE letter DROP COLUMN postmarked_on;
ALTER TABLE letter DROP COLUMN collected_on;
ALTER TABLE letter DROP COLUMN box_location;

-- the place a letter is about: in words, in degrees north and east, or both
CREATE TABLE letter_place (
    letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
    words TEXT,
    lat REAL,
    lon REAL,
    CHECK ((lat IS NULL) = (lon IS NULL)),
    CHECK (words IS NOT NULL OR lat IS NOT NULL)
) STRICT;
INSERT INTO letter_place (letter_id, words, lat, lon)
SELECT id, place_text, lat, lon FROM letter WHERE place_text IS NOT NULL OR lat IS NOT NULL;
ALTER TABLE letter DROP COLUMN place_text;
ALTER TABLE letter DROP COLUMN lat;
ALTER TABLE letter DROP COLUMN lon;

-- its first matter says the same, and has an index
ALTER TABLE letter DROP COLUMN follow_up_of;

CREATE TRIGGER letter_paper_no_delete BEFORE DELETE ON letter_paper
BEGIN
    SELECT RAISE(ABORT, 'a letter is never deleted');
END;

CREATE TRIGGER letter_place_no_delete BEFORE DELETE ON letter_place
BEGIN
    SELECT RAISE(ABORT, 'a letter is never deleted');
END;

-- what a mail that came back says of why
CREATE TABLE incoming_bounce (
    incoming_id TEXT PRIMARY KEY NOT NULL REFERENCES incoming (id),
    hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
    -- 5.1.1
    status TEXT
) STRICT;
INSERT INTO incoming_bounce (incoming_id, hard, status)
SELECT id, hard, status FROM incoming WHERE hard IS NOT NULL;
ALTER TABLE incoming DROP COLUMN hard;
ALTER TABLE incoming DROP COLUMN status;

CREATE TRIGGER incoming_bounce_no_delete BEFORE DELETE ON incoming_bounce
BEGIN
    SELECT RAISE(ABORT, 'a mail that came in is never deleted');
END;

-- the seals cover rows as they stand: they are made once more
UPDATE letter_seal_progress SET trail_no = 0;
