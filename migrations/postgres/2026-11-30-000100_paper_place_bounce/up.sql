-- what only some letters and mails have stands apart: the rows everybody reads and writes are shorter for it

-- what a letter on paper says of its way
CREATE TABLE letter_paper (
    letter_id BIGINT PRIMARY KEY REFERENCES letter (id),
    written_on DATE,
    postmarked_on DATE,
    collected_on DATE,
    box_location TEXT
);
INSERT INTO letter_paper (letter_id, written_on, postmarked_on, collected_on, box_location)
SELECT id, written_on, postmarked_on, collected_on, box_location FROM letter
WHERE written_on IS NOT NULL OR postmarked_on IS NOT NULL OR collected_on IS NOT NULL OR box_location IS NOT NULL;
ALTER TABLE letter DROP COLUMN written_on;
ALTER TABLE letter DROP COLUMN postmarked_on;
ALTER TABLE letter DROP COLUMN collected_on;
ALTER TABLE letter DROP COLUMN box_location;

-- the place a letter is about: in words, in degrees north and east, or both
CREATE TABLE letter_place (
    letter_id BIGINT PRIMARY KEY REFERENCES letter (id),
    words TEXT,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    CHECK ((lat IS NULL) = (lon IS NULL)),
    CHECK (words IS NOT NULL OR lat IS NOT NULL)
);
INSERT INTO letter_place (letter_id, words, lat, lon)
SELECT id, place_text, lat, lon FROM letter WHERE place_text IS NOT NULL OR lat IS NOT NULL;
ALTER TABLE letter DROP COLUMN place_text;
ALTER TABLE letter DROP COLUMN lat;
ALTER TABLE letter DROP COLUMN lon;

-- its first matter says the same, and has an index
ALTER TABLE letter DROP COLUMN follow_up_of;

CREATE FUNCTION letter_paper_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a letter is never deleted';
END $$;
CREATE TRIGGER letter_paper_no_delete BEFORE DELETE ON letter_paper FOR EACH ROW EXECUTE FUNCTION letter_paper_no_delete();

CREATE FUNCTION letter_place_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a letter is never deleted';
END $$;
CREATE TRIGGER letter_place_no_delete BEFORE DELETE ON letter_place FOR EACH ROW EXECUTE FUNCTION letter_place_no_delete();

-- what a mail that came back says of why
CREATE TABLE incoming_bounce (
    incoming_id TEXT PRIMARY KEY REFERENCES incoming (id),
    hard BOOLEAN NOT NULL,
    -- 5.1.1
    status TEXT
);
INSERT INTO incoming_bounce (incoming_id, hard, status)
SELECT id, hard, status FROM incoming WHERE hard IS NOT NULL;
ALTER TABLE incoming DROP COLUMN hard;
ALTER TABLE incoming DROP COLUMN status;

CREATE FUNCTION incoming_bounce_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a mail that came in is never deleted';
END $$;
CREATE TRIGGER incoming_bounce_no_delete BEFORE DELETE ON incoming_bounce FOR EACH ROW EXECUTE FUNCTION incoming_bounce_no_delete();

-- the seals cover rows as they stand: they are made once more
UPDATE letter_seal_progress SET trail_no = 0;
