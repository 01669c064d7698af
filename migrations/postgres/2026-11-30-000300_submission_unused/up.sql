-- nothing wrote the one, nothing read the other
ALTER TABLE submission DROP COLUMN read_at;
ALTER TABLE submission DROP COLUMN language;
