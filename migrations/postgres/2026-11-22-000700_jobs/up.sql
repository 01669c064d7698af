-- The folder keeps its first name, for databases record it. It holds what background work keeps: the digest's days,
-- the search index of letters, the seals of letters, and how far each has come.

-- the daily mail to staff: at most one a person and day
CREATE TABLE digest_sent (
    staff_id BIGINT NOT NULL REFERENCES staff (id),
    day DATE NOT NULL,
    PRIMARY KEY (staff_id, day)
);

CREATE TABLE letter_terms (letter_id BIGINT PRIMARY KEY, t tsvector NOT NULL);

CREATE INDEX letter_terms_t ON letter_terms USING gin (t);

ALTER TABLE letter_terms ALTER t SET STATISTICS 1000;

-- a keyed hash over everything that belongs to a letter, made anew after every act on it
CREATE TABLE letter_seal (
    letter_id BIGINT PRIMARY KEY REFERENCES letter (id),
    trail_no BIGINT NOT NULL,
    digests TEXT NOT NULL
);

-- how far along the trail's chain letters are sealed
CREATE TABLE letter_seal_progress (
    id BIGINT PRIMARY KEY,
    trail_no BIGINT NOT NULL
);

INSERT INTO letter_seal_progress (id, trail_no) VALUES (1, 0);
