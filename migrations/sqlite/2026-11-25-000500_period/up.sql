-- A mail may be an opinion. SQLite cannot widen a CHECK: the table is made anew under its name, which its children find
-- again when the transaction ends.
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
    state TEXT NOT NULL CHECK (state IN ('waiting', 'letter', 'message', 'opinion', 'bounce', 'automatic', 'duplicate', 'spam', 'exception')),
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
    -- the opinion on a consultation it is
    submission_id INTEGER UNIQUE REFERENCES submission (id),
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
    CHECK ((state = 'opinion') = (submission_id IS NOT NULL)),
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
    SELECT id, source, account, received_at, received_on, size, sha256, envelope, raw, in_file, seal_key_id, state, reason, attempts, placed_at, content_key, message_mark, sender_mark, summary, summary_key_id, letter_id, exchange_id, mail_id, duplicate_of, standing, flags, spam_score, status, hard, settled_at, settled_by FROM kept_incoming ORDER BY id;
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
WHEN OLD.state IN ('letter', 'message', 'opinion', 'duplicate') AND (NEW.state <> OLD.state OR NEW.letter_id IS NOT OLD.letter_id OR NEW.exchange_id IS NOT OLD.exchange_id OR NEW.submission_id IS NOT OLD.submission_id OR NEW.duplicate_of IS NOT OLD.duplicate_of)
BEGIN
    SELECT RAISE(ABORT, 'a mail that became a letter, part of one or an opinion stays there');
END;

-- 募集の開始・締切間近・結果をメールで知りたい方: the address lies, sealed, in party, and goes when somebody stops it
CREATE TABLE subscription (
    id TEXT PRIMARY KEY NOT NULL,
    -- of one consultation; empty: of all
    consultation_id INTEGER REFERENCES consultation (id),
    party_id TEXT REFERENCES party (id),
    -- keyed hash of the address: one address gets one mail for one event
    address_mark TEXT,
    created_at TEXT NOT NULL,
    -- when the link in our mail was followed; nothing is sent before
    confirmed_at TEXT,
    ended_at TEXT,
    CHECK ((ended_at IS NULL) = (party_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (address_mark IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX subscription_one_alive ON subscription (address_mark, COALESCE(consultation_id, 0)) WHERE ended_at IS NULL;
CREATE INDEX subscription_consultation_id ON subscription (consultation_id, id) WHERE ended_at IS NULL;
CREATE INDEX subscription_unconfirmed ON subscription (created_at) WHERE confirmed_at IS NULL AND ended_at IS NULL;

-- what subscribers are told of, once
CREATE TABLE subscription_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'closing_soon', 'extension', 'suspension', 'resumption', 'cancellation', 'result')),
    -- which of its kind: a day, the number of a published change
    mark TEXT NOT NULL,
    at TEXT NOT NULL,
    told_at TEXT,
    UNIQUE (consultation_id, kind, mark)
) STRICT;
CREATE INDEX subscription_event_untold ON subscription_event (id) WHERE told_at IS NULL;

CREATE TABLE subscription_mail (
    event_id INTEGER NOT NULL REFERENCES subscription_event (id),
    address_mark TEXT NOT NULL,
    subscription_id TEXT NOT NULL REFERENCES subscription (id),
    -- empty: the address takes no automatic mail any more
    outbox_id TEXT UNIQUE REFERENCES outbox (id),
    at TEXT NOT NULL,
    PRIMARY KEY (event_id, address_mark)
) STRICT;
CREATE INDEX subscription_mail_subscription_id ON subscription_mail (subscription_id);

-- whether the clock slows what comes in by itself (consultation.flood = auto)
CREATE TABLE consultation_flood (
    consultation_id INTEGER PRIMARY KEY NOT NULL REFERENCES consultation (id),
    slowing INTEGER NOT NULL CHECK (slowing IN (0, 1)),
    since TEXT NOT NULL,
    -- what was counted when it changed: opinions by the form in the last minute and the last ten
    last_minute INTEGER NOT NULL,
    last_ten INTEGER NOT NULL
) STRICT;

-- where an opinion stood before it was set aside or accepted by hand, so that it can go back
ALTER TABLE submission ADD COLUMN resume_state TEXT CHECK (resume_state IN ('received', 'late', 'incomplete'));
-- the extension by which one that had come late is in time
ALTER TABLE submission ADD COLUMN extended_by INTEGER REFERENCES consultation_event (id);
CREATE INDEX submission_extended_by ON submission (extended_by) WHERE extended_by IS NOT NULL;
CREATE INDEX submission_consultation_id_received_at ON submission (consultation_id, received_at);
CREATE INDEX submission_letter_id ON submission (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX submission_unchecked ON submission (consultation_id, id) WHERE entered_by IS NOT NULL AND checked_by IS NULL;

-- late for ever, also while it is set aside, unless a published extension has its day within the period: not by the order of the
-- two instants, for what arrived while the extension was being published was judged by the old last day as well
CREATE TRIGGER submission_stays_late BEFORE UPDATE ON submission
WHEN (OLD.state = 'late' OR OLD.resume_state = 'late') AND NEW.state <> 'late' AND (NEW.state NOT IN ('off_topic', 'withdrawn') OR NEW.resume_state IS DISTINCT FROM 'late') AND (OLD.extended_by IS NOT NULL OR NOT EXISTS (SELECT 1 FROM consultation_event e WHERE e.id = NEW.extended_by AND e.consultation_id = OLD.consultation_id AND e.kind = 'extension' AND e.published_at IS NOT NULL AND e.new_closes_on >= OLD.received_on))
BEGIN
    SELECT RAISE(ABORT, 'an opinion that came late stays late');
END;

CREATE TRIGGER submission_second_look BEFORE UPDATE ON submission
WHEN NEW.checked_by IS NOT NULL AND NEW.checked_by = NEW.entered_by
BEGIN
    SELECT RAISE(ABORT, 'a second person looks at what was typed in');
END;

CREATE TRIGGER subscription_mail_no_update BEFORE UPDATE ON subscription_mail
BEGIN
    SELECT RAISE(ABORT, 'who was told stays told');
END;
