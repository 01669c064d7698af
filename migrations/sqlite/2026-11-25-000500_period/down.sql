DROP TRIGGER subscription_mail_no_update;
DROP TRIGGER submission_second_look;
DROP TRIGGER submission_stays_late;
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
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE kept_incoming AS SELECT * FROM incoming;
DROP TABLE incoming;

CREATE TABLE incoming (
    id TEXT PRIMARY KEY NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('lmtp', 'pipe', 'imap', 'import')),
    -- which mailbox, listener or folder of that source
    account TEXT NOT NULL,
    received_at TEXT NOT NULL,
    -- the Tokyo day of received_at: what the sums are made of
    received_on TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    sha256 TEXT NOT NULL,
    -- sender and recipients of the envelope, sealed
    envelope BLOB NOT NULL,
    -- sealed; a large mail lies in a sealed file instead
    raw BLOB,
    in_file INTEGER NOT NULL CHECK (in_file IN (0, 1)),
    seal_key_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'letter', 'message', 'bounce', 'automatic', 'duplicate', 'spam', 'exception')),
    reason TEXT,
    attempts INTEGER NOT NULL,
    placed_at TEXT,
    -- the same mail twice has the same key: this column decides that it is one case
    content_key TEXT UNIQUE,
    -- keyed hashes of Message-ID and From, to find without opening
    message_mark TEXT,
    sender_mark TEXT,
    -- subject, sender, date and what was repaired, sealed
    summary BLOB,
    summary_key_id INTEGER,
    letter_id INTEGER REFERENCES letter (id),
    exchange_id INTEGER UNIQUE REFERENCES exchange (id),
    -- the mail of ours that came back
    mail_id TEXT REFERENCES outbox (id),
    duplicate_of TEXT REFERENCES incoming (id),
    -- who wrote, seen from the letter it belongs to
    standing TEXT CHECK (standing IN ('sender', 'other', 'staff')),
    -- what a person should know: codes with commas between
    flags TEXT NOT NULL,
    spam_score REAL,
    status TEXT,
    hard INTEGER CHECK (hard IN (0, 1)),
    settled_at TEXT,
    settled_by INTEGER REFERENCES staff (id),
    CHECK ((raw IS NULL) = (in_file = 1)),
    CHECK ((summary IS NULL) = (summary_key_id IS NULL)),
    CHECK (state <> 'letter' OR letter_id IS NOT NULL),
    CHECK (state <> 'message' OR (letter_id IS NOT NULL AND exchange_id IS NOT NULL)),
    CHECK ((state = 'duplicate') = (duplicate_of IS NOT NULL)),
    CHECK (state NOT IN ('spam', 'exception') OR (reason IS NOT NULL AND letter_id IS NULL)),
    CHECK (state <> 'waiting' OR (letter_id IS NULL AND placed_at IS NULL)),
    CHECK (state = 'waiting' OR placed_at IS NOT NULL)
) STRICT;
CREATE INDEX incoming_waiting ON incoming (attempts, id) WHERE state = 'waiting';
CREATE INDEX incoming_state_id ON incoming (state, id);
CREATE INDEX incoming_received_on_state ON incoming (received_on, state);
-- an import that is repeated finds what it brought before
CREATE INDEX incoming_sha256 ON incoming (sha256);
CREATE INDEX incoming_account_state ON incoming (account, state) WHERE source = 'import';
CREATE INDEX incoming_message_mark ON incoming (message_mark) WHERE message_mark IS NOT NULL;
CREATE INDEX incoming_sender_mark ON incoming (sender_mark) WHERE sender_mark IS NOT NULL;
CREATE INDEX incoming_letter_id ON incoming (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX incoming_duplicate_of ON incoming (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX incoming_mail_id ON incoming (mail_id) WHERE mail_id IS NOT NULL;

INSERT INTO incoming (id, source, account, received_at, received_on, size, sha256, envelope, raw, in_file, seal_key_id, state, reason, attempts, placed_at, content_key, message_mark, sender_mark, summary, summary_key_id, letter_id, exchange_id, mail_id, duplicate_of, standing, flags, spam_score, status, hard, settled_at, settled_by)
    SELECT id, source, account, received_at, received_on, size, sha256, envelope, raw, in_file, seal_key_id, CASE state WHEN 'opinion' THEN 'exception' ELSE state END, CASE state WHEN 'opinion' THEN 'by_hand' ELSE reason END, attempts, placed_at, content_key, message_mark, sender_mark, summary, summary_key_id, letter_id, exchange_id, mail_id, duplicate_of, standing, flags, spam_score, status, hard, settled_at, settled_by FROM kept_incoming ORDER BY id;
DROP TABLE kept_incoming;

CREATE TRIGGER incoming_no_delete BEFORE DELETE ON incoming
BEGIN
    SELECT RAISE(ABORT, 'a mail that came in is never deleted');
END;

CREATE TRIGGER incoming_sealed BEFORE UPDATE ON incoming
WHEN NEW.id <> OLD.id OR NEW.source <> OLD.source OR NEW.account <> OLD.account OR NEW.received_at <> OLD.received_at OR NEW.received_on <> OLD.received_on OR NEW.size <> OLD.size OR NEW.sha256 <> OLD.sha256 OR NEW.in_file <> OLD.in_file OR (NEW.seal_key_id = OLD.seal_key_id AND (NEW.raw IS NOT OLD.raw OR NEW.envelope <> OLD.envelope))
BEGIN
    SELECT RAISE(ABORT, 'a mail that came in is never changed');
END;

CREATE TRIGGER incoming_stays BEFORE UPDATE ON incoming
WHEN OLD.state IN ('letter', 'message', 'duplicate') AND (NEW.state <> OLD.state OR NEW.letter_id IS NOT OLD.letter_id OR NEW.exchange_id IS NOT OLD.exchange_id OR NEW.duplicate_of IS NOT OLD.duplicate_of)
BEGIN
    SELECT RAISE(ABORT, 'a mail that became a letter or part of one stays there');
END;
