-- who reads a waiting mail, and until when the others leave it alone
ALTER TABLE incoming ADD COLUMN begun_by TEXT;
ALTER TABLE incoming ADD COLUMN begun_until TEXT CHECK ((begun_by IS NULL) = (begun_until IS NULL));
