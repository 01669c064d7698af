-- letters that wait for a second person: few, and counted on every visit to the first page
CREATE INDEX letter_unchecked ON letter (id) WHERE entered_by IS NOT NULL AND checked_by IS NULL AND closed_at IS NULL;
