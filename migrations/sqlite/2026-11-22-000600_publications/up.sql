CREATE TABLE publication (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matter_id INTEGER NOT NULL UNIQUE REFERENCES matter (id),
    state TEXT NOT NULL CHECK (state IN ('candidate', 'in_approval', 'returned', 'published', 'withdrawn')),
    current_no INTEGER NOT NULL,
    proposed_by INTEGER NOT NULL REFERENCES staff (id),
    proposed_at TEXT NOT NULL,
    withdrawn_at TEXT,
    withdrawn_reason TEXT,
    withdrawn_by INTEGER REFERENCES staff (id),
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX publication_state_id ON publication (state, id);

CREATE TABLE mask_span (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publication (id),
    part TEXT NOT NULL CHECK (part IN ('subject', 'voice', 'answer')),
    -- byte offsets in the part's original
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('personal', 'third_party', 'defamation', 'commerce', 'off_topic')),
    note TEXT,
    source TEXT NOT NULL CHECK (source IN ('finder', 'staff')),
    state TEXT NOT NULL CHECK (state IN ('candidate', 'accepted', 'rejected')),
    decided_by INTEGER REFERENCES staff (id),
    decided_at TEXT
) STRICT;
CREATE INDEX mask_span_publication_id_part_starts ON mask_span (publication_id, part, starts);

CREATE TABLE publication_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publication (id),
    no INTEGER NOT NULL,
    title TEXT NOT NULL,
    voice_text TEXT NOT NULL,
    answer_text TEXT NOT NULL,
    unit_name TEXT NOT NULL,
    unit_phone TEXT,
    kind TEXT NOT NULL,
    fields TEXT NOT NULL,
    outcome TEXT NOT NULL,
    received_on TEXT NOT NULL,
    replied_on TEXT,
    answered_sender INTEGER NOT NULL CHECK (answered_sender IN (0, 1)),
    correction_note TEXT,
    content_hash TEXT NOT NULL,
    masked_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (publication_id, no)
) STRICT;

-- what the public reads: nothing else of a letter is ever on the citizens' door
CREATE TABLE voice (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES publication_version (id),
    version_no INTEGER NOT NULL,
    title TEXT NOT NULL,
    voice_text TEXT NOT NULL,
    answer_text TEXT NOT NULL,
    unit_name TEXT NOT NULL,
    unit_phone TEXT,
    kind TEXT NOT NULL,
    fields TEXT NOT NULL,
    outcome TEXT NOT NULL,
    fiscal_year INTEGER NOT NULL,
    received_on TEXT NOT NULL,
    replied_on TEXT,
    answered_sender INTEGER NOT NULL CHECK (answered_sender IN (0, 1)),
    published_on TEXT NOT NULL,
    corrected_on TEXT,
    correction_note TEXT,
    content_hash TEXT NOT NULL
) STRICT;
CREATE INDEX voice_published_on_id ON voice (published_on, id);
CREATE INDEX voice_fiscal_year_published_on_id ON voice (fiscal_year, published_on, id);

CREATE TABLE voice_field (
    voice_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (voice_id, field)
) STRICT;
CREATE INDEX voice_field_field_voice_id ON voice_field (field, voice_id);

-- counts up whenever anything public changes: what cached pages are kept by
CREATE TABLE public_edition (
    id INTEGER PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;

CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication
BEGIN
    SELECT RAISE(ABORT, 'a publication is withdrawn, not deleted');
END;

CREATE TRIGGER publication_version_no_update BEFORE UPDATE ON publication_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER publication_version_no_delete BEFORE DELETE ON publication_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER voice_approved BEFORE INSERT ON voice
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN publication_version v ON v.id = a.subject_id WHERE v.id = NEW.version_id AND v.publication_id = NEW.id AND a.subject_kind = 'publication' AND a.state = 'decided' AND a.content_hash = v.content_hash AND v.content_hash = NEW.content_hash AND a.decided_by <> v.masked_by AND v.voice_text = NEW.voice_text AND v.answer_text = NEW.answer_text AND v.title = NEW.title)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

CREATE TRIGGER voice_approved_again BEFORE UPDATE ON voice
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN publication_version v ON v.id = a.subject_id WHERE v.id = NEW.version_id AND v.publication_id = NEW.id AND a.subject_kind = 'publication' AND a.state = 'decided' AND a.content_hash = v.content_hash AND v.content_hash = NEW.content_hash AND a.decided_by <> v.masked_by AND v.voice_text = NEW.voice_text AND v.answer_text = NEW.answer_text AND v.title = NEW.title)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

INSERT INTO public_edition (id, no) VALUES (1, 1);
