DROP FUNCTION subscription_mail_no_update CASCADE;
DROP FUNCTION submission_second_look CASCADE;
DROP FUNCTION submission_stays_late CASCADE;
DROP TABLE consultation_flood;
DROP TABLE subscription_mail;
DROP TABLE subscription_event;
DROP TABLE subscription;
DROP INDEX submission_unchecked;
DROP INDEX submission_letter_id;
DROP INDEX submission_consultation_id_received_at;
DROP INDEX submission_extended_by;
ALTER TABLE submission DROP COLUMN extended_by;
ALTER TABLE submission DROP COLUMN resume_state;
CREATE OR REPLACE FUNCTION incoming_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('letter', 'message', 'duplicate') AND (NEW.state <> OLD.state OR NEW.letter_id IS DISTINCT FROM OLD.letter_id OR NEW.exchange_id IS DISTINCT FROM OLD.exchange_id OR NEW.duplicate_of IS DISTINCT FROM OLD.duplicate_of) THEN
        RAISE EXCEPTION 'a mail that became a letter or part of one stays there';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE incoming DROP CONSTRAINT incoming_opinion;
ALTER TABLE incoming DROP COLUMN submission_id;
UPDATE incoming SET state = 'exception', reason = 'by_hand' WHERE state = 'opinion';
ALTER TABLE incoming DROP CONSTRAINT incoming_state_check;
ALTER TABLE incoming ADD CONSTRAINT incoming_state_check CHECK (state IN ('waiting', 'letter', 'message', 'bounce', 'automatic', 'duplicate', 'spam', 'exception'));
