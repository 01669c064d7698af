ALTER TABLE incoming ADD COLUMN status TEXT;
ALTER TABLE incoming ADD COLUMN hard INTEGER CHECK (hard IN (0, 1));
UPDATE incoming SET hard = bounce.hard, status = bounce.status
FROM incoming_bounce AS bounce WHERE bounce.incoming_id = incoming.id;
DROP TABLE incoming_bounce;

ALTER TABLE letter ADD COLUMN follow_up_of INTEGER;
UPDATE letter SET follow_up_of = matter.follow_up_of
FROM matter WHERE matter.letter_id = letter.id AND matter.no = 1;

ALTER TABLE letter ADD COLUMN place_text TEXT;
ALTER TABLE letter ADD COLUMN lat REAL;
ALTER TABLE letter ADD COLUMN lon REAL;
UPDATE letter SET place_text = place.words, lat = place.lat, lon = place.lon
FROM letter_place AS place WHERE place.letter_id = letter.id;
DROP TABLE letter_place;

ALTER TABLE letter ADD COLUMN written_on TEXT;
ALTER TABLE letter ADD COLUMN postmarked_on TEXT;
ALTER TABLE letter ADD COLUMN collected_on TEXT;
ALTER TABLE letter ADD COLUMN box_location TEXT;
UPDATE letter SET written_on = paper.written_on, postmarked_on = paper.postmarked_on,
    collected_on = paper.collected_on, box_location = paper.box_location
FROM letter_paper AS paper WHERE paper.letter_id = letter.id;
DROP TABLE letter_paper;

UPDATE letter_seal_progress SET trail_no = 0;
