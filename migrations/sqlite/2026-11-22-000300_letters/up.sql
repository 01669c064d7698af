CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    receipt_code TEXT NOT NULL UNIQUE,
    secret_mac TEXT NOT NULL,
    -- the form's own number: a letter sent twice by one form is one letter
    submission_key TEXT UNIQUE,
    channel TEXT NOT NULL CHECK (channel IN ('postcard_prepaid', 'letter', 'box', 'web_form', 'email', 'fax', 'phone', 'counter', 'line', 'meeting_slip', 'transferred_in', 'other')),
    state TEXT NOT NULL CHECK (state IN ('received', 'registered', 'closed')),
    fiscal_year INTEGER NOT NULL,
    register_no INTEGER,
    written_on TEXT,
    postmarked_on TEXT,
    collected_on TEXT,
    box_location TEXT,
    received_on TEXT NOT NULL,
    server_received_at TEXT NOT NULL,
    registered_at TEXT,
    -- first opened by staff: the status page may say so
    read_at TEXT,
    closed_at TEXT,
    entered_by INTEGER REFERENCES staff (id),
    checked_by INTEGER REFERENCES staff (id),
    checked_at TEXT,
    subject TEXT NOT NULL,
    body_original TEXT NOT NULL,
    -- 読取りの訂正: what staff typed or corrected; the original stays
    body_working TEXT,
    language TEXT NOT NULL,
    place_text TEXT,
    lat REAL,
    lon REAL,
    reply_wanted INTEGER NOT NULL CHECK (reply_wanted IN (0, 1)),
    reply_via TEXT CHECK (reply_via IN ('post', 'email', 'phone', 'fax')),
    publish_ok INTEGER NOT NULL CHECK (publish_ok IN (0, 1)),
    age_band TEXT,
    district TEXT,
    relation TEXT NOT NULL,
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
    party_id TEXT REFERENCES party (id),
    text_exact TEXT NOT NULL,
    text_key TEXT NOT NULL,
    follow_up_of INTEGER,
    indexed_at TEXT,
    version INTEGER NOT NULL,
    UNIQUE (fiscal_year, register_no)
) STRICT;
CREATE INDEX letter_text_key ON letter (text_key);
CREATE INDEX letter_received_on_id ON letter (received_on, id);
CREATE INDEX letter_channel_id ON letter (channel, id);
CREATE INDEX letter_fiscal_year_id ON letter (fiscal_year, id);
CREATE INDEX letter_party_id ON letter (party_id) WHERE party_id IS NOT NULL;
CREATE INDEX letter_unindexed ON letter (id) WHERE indexed_at IS NULL;

CREATE TABLE matter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    no INTEGER NOT NULL,
    title TEXT NOT NULL,
    kind TEXT CHECK (kind IN ('proposal', 'opinion', 'thanks', 'request', 'complaint', 'inquiry', 'consultation', 'report', 'other')),
    state TEXT NOT NULL CHECK (state IN ('received', 'registered', 'out_of_scope', 'passed_on', 'accepted', 'circulated', 'assigned', 'returned_to_centre', 'no_reply', 'drafting', 'in_approval', 'returned', 'approved', 'replied', 'awaiting_sender', 'closed', 'filed')),
    -- where it goes back to when the sender has answered
    resume_state TEXT,
    owning_unit_id INTEGER REFERENCES unit (id),
    drafter_id INTEGER REFERENCES staff (id),
    reply_needed INTEGER NOT NULL CHECK (reply_needed IN (0, 1)),
    received_on TEXT NOT NULL,
    statutory_due_on TEXT NOT NULL,
    target_due_on TEXT NOT NULL,
    extended_due_on TEXT,
    -- the day that counts now: what lists are sorted by
    due_on TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('realised', 'will_realise', 'studying', 'difficult', 'reference', 'explained', 'passed_on', 'other')),
    reason TEXT,
    reason_note TEXT,
    passed_to TEXT,
    follow_up_of INTEGER REFERENCES matter (id),
    circulated_at TEXT,
    assigned_at TEXT,
    replied_at TEXT,
    closed_at TEXT,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (letter_id, no)
) STRICT;
-- lists are walked newest first or by due day; what a new matter does not have yet is not indexed while a citizen waits
CREATE INDEX matter_state_due_on_id ON matter (state, due_on, id);
CREATE INDEX matter_state_letter_id_no ON matter (state, letter_id, no);
CREATE INDEX matter_kind_letter_id_no ON matter (kind, letter_id, no) WHERE kind IS NOT NULL;
CREATE INDEX matter_owning_unit_id_letter_id_no ON matter (owning_unit_id, letter_id, no) WHERE owning_unit_id IS NOT NULL;
CREATE INDEX matter_owning_unit_id_state_due_on_id ON matter (owning_unit_id, state, due_on, id) WHERE owning_unit_id IS NOT NULL;
CREATE INDEX matter_drafter_id_state_due_on_id ON matter (drafter_id, state, due_on, id) WHERE drafter_id IS NOT NULL;
CREATE INDEX matter_open ON matter (due_on, id) WHERE closed_at IS NULL;
CREATE INDEX matter_open_letter_id_no ON matter (letter_id, no) WHERE closed_at IS NULL;
CREATE INDEX matter_open_owning_unit_id_due_on_id ON matter (owning_unit_id, due_on, id) WHERE closed_at IS NULL AND owning_unit_id IS NOT NULL;
CREATE INDEX matter_follow_up_of ON matter (follow_up_of) WHERE follow_up_of IS NOT NULL;

CREATE TABLE matter_field (
    matter_id INTEGER NOT NULL REFERENCES matter (id),
    field TEXT NOT NULL,
    PRIMARY KEY (matter_id, field)
) STRICT;
CREATE INDEX matter_field_field ON matter_field (field);

-- 合議先・関係課: one section owns the matter, others add their part
CREATE TABLE matter_joint_unit (
    matter_id INTEGER NOT NULL REFERENCES matter (id),
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    part TEXT,
    written_by INTEGER REFERENCES staff (id),
    written_at TEXT,
    PRIMARY KEY (matter_id, unit_id)
) STRICT;
CREATE INDEX matter_joint_unit_unit_id ON matter_joint_unit (unit_id);

-- 供覧: to whom a matter was shown for reading, and when each of them had seen it
CREATE TABLE circulation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matter_id INTEGER NOT NULL REFERENCES matter (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    sent_by INTEGER NOT NULL REFERENCES staff (id),
    sent_at TEXT NOT NULL,
    seen_at TEXT,
    UNIQUE (matter_id, staff_id)
) STRICT;
CREATE INDEX circulation_staff_id_seen_at ON circulation (staff_id, seen_at);

-- what is said about a letter besides replies: questions to the sender, the sender's answers, internal notes
CREATE TABLE exchange (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    matter_id INTEGER REFERENCES matter (id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'answer', 'note')),
    body TEXT NOT NULL,
    staff_id INTEGER REFERENCES staff (id),
    submission_key TEXT UNIQUE,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX exchange_letter_id_id ON exchange (letter_id, id);

CREATE TABLE feedback (
    matter_id INTEGER PRIMARY KEY REFERENCES matter (id),
    helped INTEGER NOT NULL CHECK (helped IN (0, 1)),
    comment TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE attachment (
    id TEXT PRIMARY KEY NOT NULL,
    letter_id INTEGER REFERENCES letter (id),
    -- uploads of a form that is not sent yet
    upload_key TEXT,
    purpose TEXT NOT NULL CHECK (purpose IN ('citizen', 'scan')),
    state TEXT NOT NULL CHECK (state IN ('held', 'clean', 'refused')),
    name_original TEXT NOT NULL,
    name_shown TEXT NOT NULL,
    size INTEGER NOT NULL,
    declared_type TEXT NOT NULL,
    detected_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX attachment_letter_id ON attachment (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX attachment_upload_key_created_at ON attachment (upload_key, created_at) WHERE letter_id IS NULL;

CREATE TRIGGER letter_no_delete BEFORE DELETE ON letter
BEGIN
    SELECT RAISE(ABORT, 'a letter is never deleted');
END;

CREATE TRIGGER matter_no_delete BEFORE DELETE ON matter
BEGIN
    SELECT RAISE(ABORT, 'a matter is never deleted');
END;

CREATE TRIGGER letter_sealed BEFORE UPDATE ON letter
WHEN NEW.body_original <> OLD.body_original OR NEW.subject <> OLD.subject OR NEW.server_received_at <> OLD.server_received_at OR NEW.receipt_code <> OLD.receipt_code
BEGIN
    SELECT RAISE(ABORT, 'the original of a letter is sealed');
END;

CREATE TRIGGER letter_closes_last BEFORE UPDATE ON letter
WHEN NEW.state = 'closed' AND OLD.state <> 'closed' AND EXISTS (SELECT 1 FROM matter WHERE matter.letter_id = NEW.id AND matter.state NOT IN ('closed', 'filed'))
BEGIN
    SELECT RAISE(ABORT, 'a letter closes when all its matters are closed');
END;

CREATE TRIGGER exchange_no_update BEFORE UPDATE ON exchange
BEGIN
    SELECT RAISE(ABORT, 'what was said is never changed');
END;

CREATE TRIGGER exchange_no_delete BEFORE DELETE ON exchange
BEGIN
    SELECT RAISE(ABORT, 'what was said is never deleted');
END;
