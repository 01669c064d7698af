CREATE TABLE reply (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matter_id INTEGER NOT NULL REFERENCES matter (id),
    kind TEXT NOT NULL CHECK (kind IN ('final', 'interim', 'question')),
    via TEXT NOT NULL CHECK (via IN ('post', 'email', 'phone', 'fax', 'counter')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'in_approval', 'returned', 'approved', 'sent', 'void')),
    current_no INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX reply_matter_id ON reply (matter_id);

CREATE TABLE reply_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reply_id INTEGER NOT NULL REFERENCES reply (id),
    no INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    -- an interim reply names the day by which the answer can be expected
    expected_on TEXT,
    content_hash TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (reply_id, no)
) STRICT;

CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('receipt', 'reply', 'question', 'digest', 'notice')),
    letter_id INTEGER REFERENCES letter (id),
    matter_id INTEGER REFERENCES matter (id),
    dispatch_id INTEGER,
    -- recipient, subject and text, sealed
    sealed BLOB NOT NULL,
    seal_key_id INTEGER NOT NULL REFERENCES seal_key (id),
    content_hash TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'in_doubt', 'sent', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL,
    next_at TEXT NOT NULL,
    last_error TEXT,
    server_reply TEXT,
    created_at TEXT NOT NULL,
    claimed_at TEXT,
    sent_at TEXT
) STRICT;
CREATE INDEX outbox_state_next_at ON outbox (state, next_at);
-- ids sort by time: the outbox's pages, newest first
CREATE INDEX outbox_state_id ON outbox (state, id);
CREATE INDEX outbox_letter_id ON outbox (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX outbox_dispatch_id ON outbox (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX outbox_seal_key_id ON outbox (seal_key_id);

-- 施行: one row each time an approved text leaves the house
CREATE TABLE dispatch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    approval_id INTEGER NOT NULL REFERENCES approval (id),
    reply_version_id INTEGER NOT NULL REFERENCES reply_version (id),
    content_hash TEXT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('post', 'email', 'phone', 'fax', 'counter')),
    sent_by INTEGER NOT NULL REFERENCES staff (id),
    at TEXT NOT NULL,
    UNIQUE (reply_version_id)
) STRICT;

CREATE TRIGGER reply_version_no_update BEFORE UPDATE ON reply_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER reply_version_no_delete BEFORE DELETE ON reply_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER reply_interim_date BEFORE INSERT ON reply_version
WHEN (SELECT kind FROM reply WHERE reply.id = NEW.reply_id) = 'interim' AND NEW.expected_on IS NULL
BEGIN
    SELECT RAISE(ABORT, 'an interim reply names the expected date');
END;

CREATE TRIGGER dispatch_no_update BEFORE UPDATE ON dispatch
BEGIN
    SELECT RAISE(ABORT, 'what was sent is never changed');
END;

CREATE TRIGGER dispatch_no_delete BEFORE DELETE ON dispatch
BEGIN
    SELECT RAISE(ABORT, 'what was sent is never deleted');
END;

CREATE TRIGGER dispatch_approved BEFORE INSERT ON dispatch
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN reply_version v ON v.id = a.subject_id WHERE a.id = NEW.approval_id AND a.subject_kind = 'reply' AND a.state = 'decided' AND v.id = NEW.reply_version_id AND v.content_hash = a.content_hash AND a.content_hash = NEW.content_hash AND a.decided_by <> v.author_id)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is sent');
END;

CREATE TRIGGER outbox_approved BEFORE INSERT ON outbox
WHEN NEW.kind IN ('reply', 'question') AND NOT EXISTS (SELECT 1 FROM dispatch d WHERE d.id = NEW.dispatch_id AND d.content_hash = NEW.content_hash)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is sent');
END;

CREATE TRIGGER outbox_bound BEFORE UPDATE ON outbox
WHEN NEW.kind <> OLD.kind OR NEW.content_hash IS DISTINCT FROM OLD.content_hash OR NEW.dispatch_id IS DISTINCT FROM OLD.dispatch_id
BEGIN
    SELECT RAISE(ABORT, 'a mail in the outbox is bound to its text');
END;

CREATE TRIGGER outbox_sent_once BEFORE UPDATE ON outbox
WHEN OLD.state = 'sent' AND NEW.state <> 'sent'
BEGIN
    SELECT RAISE(ABORT, 'a sent mail stays sent');
END;

CREATE TRIGGER matter_replied BEFORE UPDATE ON matter
WHEN NEW.state = 'replied' AND OLD.state <> 'replied' AND NOT EXISTS (SELECT 1 FROM dispatch d JOIN reply_version v ON v.id = d.reply_version_id JOIN reply r ON r.id = v.reply_id WHERE r.matter_id = NEW.id AND r.kind = 'final')
BEGIN
    SELECT RAISE(ABORT, 'a matter is replied to when an approved reply was sent');
END;

CREATE TRIGGER reply_sent BEFORE UPDATE ON reply
WHEN NEW.state = 'sent' AND OLD.state <> 'sent' AND NOT EXISTS (SELECT 1 FROM dispatch d JOIN reply_version v ON v.id = d.reply_version_id WHERE v.reply_id = NEW.id AND v.no = NEW.current_no)
BEGIN
    SELECT RAISE(ABORT, 'a reply is sent when its approved version left the house');
END;

CREATE TRIGGER reply_starts BEFORE INSERT ON reply
WHEN NEW.state <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'a reply starts as a draft');
END;

CREATE TRIGGER reply_bound BEFORE UPDATE ON reply
WHEN NEW.matter_id <> OLD.matter_id OR NEW.kind <> OLD.kind OR (OLD.state = 'sent' AND (NEW.state <> OLD.state OR NEW.current_no <> OLD.current_no))
BEGIN
    SELECT RAISE(ABORT, 'a reply stays what it is');
END;
