ALTER TABLE incoming DROP COLUMN begun_until;
ALTER TABLE incoming DROP COLUMN begun_by;
