-- why it is not simply opened: a code
ALTER TABLE attachment ADD COLUMN reason TEXT;
-- what the scanner called it
ALTER TABLE attachment ADD COLUMN signature TEXT;
-- when its harmlessness was decided; empty while it waits
ALTER TABLE attachment ADD COLUMN scanned_at TIMESTAMP;
ALTER TABLE attachment ADD COLUMN scan_tries BIGINT NOT NULL DEFAULT 0;
-- of a mail's part, by which its page names it
ALTER TABLE attachment ADD COLUMN content_id TEXT;
-- the safe copy; empty while it is not made
ALTER TABLE attachment ADD COLUMN copy_kind TEXT CHECK (copy_kind IN ('picture', 'text', 'list', 'sanitised', 'none'));
ALTER TABLE attachment ADD COLUMN copy_type TEXT;
ALTER TABLE attachment ADD COLUMN copy_size BIGINT;
ALTER TABLE attachment ADD COLUMN copy_sha256 TEXT;
ALTER TABLE attachment ADD COLUMN copy_tries BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attachment_unscanned ON attachment (scan_tries, id) WHERE state = 'held' AND scanned_at IS NULL;
CREATE INDEX attachment_uncopied ON attachment (copy_tries, id) WHERE copy_kind IS NULL;
CREATE INDEX attachment_in_doubt ON attachment (created_at) WHERE state = 'refused' OR reason IS NOT NULL;

CREATE FUNCTION attachment_stays_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'refused' AND NEW.state <> 'refused' THEN
        RAISE EXCEPTION 'a refused file stays refused';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attachment_stays_refused BEFORE UPDATE ON attachment FOR EACH ROW EXECUTE FUNCTION attachment_stays_refused();

CREATE FUNCTION attachment_stays_what_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.name_original <> OLD.name_original THEN
        RAISE EXCEPTION 'a file stays what came in';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attachment_stays_what_came BEFORE UPDATE ON attachment FOR EACH ROW EXECUTE FUNCTION attachment_stays_what_came();
