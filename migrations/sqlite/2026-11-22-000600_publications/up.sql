CREATE TABLE publication (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matter_id INTEGER NOT NULL UNIQUE REFERENCES matter (id),
    state TEXT NOT NULL CHECK (state IN ('candidate', 'in_approval', 'returned', 'published', 'withdrawn', 'dropped')),
    current_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fields TEXT NOT NULL,
    outcome TEXT NOT NULL,
    -- 正誤: what the version being prepared corrects in the one that is public
    correction_note TEXT,
    -- the sender's name, address or telephone is still in the text as it would go out
    name_left INTEGER NOT NULL CHECK (name_left IN (0, 1)),
    proposed_by INTEGER NOT NULL REFERENCES staff (id),
    proposed_at TEXT NOT NULL,
    -- withdrawn or dropped: when, why and by whom
    ended_at TEXT,
    ended_reason TEXT CHECK (ended_reason IN ('third_party_harm', 'identifiable', 'discrimination', 'ongoing', 'illegal_content', 'other')),
    ended_note TEXT,
    ended_by INTEGER REFERENCES staff (id),
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX publication_state_id ON publication (state, id);

-- the three parts as they stood when the matter was proposed: what mask_span counts its bytes in
CREATE TABLE publication_part (
    publication_id INTEGER NOT NULL REFERENCES publication (id),
    part TEXT NOT NULL CHECK (part IN ('subject', 'voice', 'answer')),
    original TEXT NOT NULL,
    -- the city's own words in its place: a title, a gist (要旨), a statement where no reply was sent
    rewritten TEXT,
    PRIMARY KEY (publication_id, part)
) STRICT;

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
    -- the voice is the city's gist of it, not the words themselves
    gist INTEGER NOT NULL CHECK (gist IN (0, 1)),
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

-- each time a version went before the public; versions without a line here were never seen
CREATE TABLE publication_release (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL UNIQUE REFERENCES publication_version (id),
    publication_id INTEGER NOT NULL REFERENCES publication (id),
    no INTEGER NOT NULL,
    published_on TEXT NOT NULL,
    released_by INTEGER REFERENCES staff (id),
    at TEXT NOT NULL
) STRICT;
CREATE INDEX publication_release_publication_id_no ON publication_release (publication_id, no);

-- what the public reads: nothing else of a letter is ever on the citizens' door
CREATE TABLE voice (
    id INTEGER PRIMARY KEY,
    -- the number of its first release: the larger, the newer
    seq INTEGER NOT NULL UNIQUE,
    version_id INTEGER NOT NULL REFERENCES publication_version (id),
    version_no INTEGER NOT NULL,
    title TEXT NOT NULL,
    voice_text TEXT NOT NULL,
    gist INTEGER NOT NULL CHECK (gist IN (0, 1)),
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
CREATE INDEX voice_fiscal_year_seq ON voice (fiscal_year, seq);
CREATE INDEX voice_kind_seq ON voice (kind, seq);

CREATE TABLE voice_field (
    field TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (field, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX voice_field_seq ON voice_field (seq);

-- how many there are under each combination of filters; '' and 0 stand for any
CREATE TABLE voice_tally (
    field TEXT NOT NULL,
    fiscal_year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    PRIMARY KEY (field, fiscal_year, kind)
) STRICT, WITHOUT ROWID;

-- bigrams (text/terms.rs); the row number is voice.seq
CREATE VIRTUAL TABLE voice_terms USING fts5 (terms, content='', contentless_delete=1, tokenize='ascii');

-- counts up whenever anything public changes: what cached pages are kept by
CREATE TABLE public_edition (
    id INTEGER PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;

CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication
BEGIN
    SELECT RAISE(ABORT, 'a publication is withdrawn, not deleted');
END;

CREATE TRIGGER publication_part_sealed BEFORE UPDATE ON publication_part
WHEN NEW.original <> OLD.original OR NEW.publication_id <> OLD.publication_id OR NEW.part <> OLD.part
BEGIN
    SELECT RAISE(ABORT, 'the original of a part is sealed');
END;

CREATE TRIGGER mask_span_no_delete BEFORE DELETE ON mask_span
BEGIN
    SELECT RAISE(ABORT, 'a span is rejected, not deleted');
END;

CREATE TRIGGER publication_version_no_update BEFORE UPDATE ON publication_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER publication_version_no_delete BEFORE DELETE ON publication_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER publication_release_no_update BEFORE UPDATE ON publication_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never changed');
END;

CREATE TRIGGER publication_release_no_delete BEFORE DELETE ON publication_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never deleted');
END;

CREATE TRIGGER publication_release_approved BEFORE INSERT ON publication_release
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN publication_version v ON v.id = a.subject_id WHERE v.id = NEW.version_id AND v.publication_id = NEW.publication_id AND v.no = NEW.no AND a.subject_kind = 'publication' AND a.state = 'decided' AND a.content_hash = v.content_hash AND a.decided_by <> v.masked_by)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

CREATE TRIGGER voice_approved BEFORE INSERT ON voice
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN publication_version v ON v.id = a.subject_id WHERE v.id = NEW.version_id AND v.publication_id = NEW.id AND v.no = NEW.version_no AND a.subject_kind = 'publication' AND a.state = 'decided' AND a.content_hash = v.content_hash AND v.content_hash = NEW.content_hash AND a.decided_by <> v.masked_by AND v.voice_text = NEW.voice_text AND v.answer_text = NEW.answer_text AND v.title = NEW.title AND v.gist = NEW.gist AND v.unit_name = NEW.unit_name AND v.unit_phone IS NOT DISTINCT FROM NEW.unit_phone AND v.kind = NEW.kind AND v.fields = NEW.fields AND v.outcome = NEW.outcome AND v.received_on = NEW.received_on AND v.replied_on IS NOT DISTINCT FROM NEW.replied_on AND v.answered_sender = NEW.answered_sender AND v.correction_note IS NOT DISTINCT FROM NEW.correction_note)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

CREATE TRIGGER voice_approved_again BEFORE UPDATE ON voice
WHEN NOT EXISTS (SELECT 1 FROM approval a JOIN publication_version v ON v.id = a.subject_id WHERE v.id = NEW.version_id AND v.publication_id = NEW.id AND v.no = NEW.version_no AND a.subject_kind = 'publication' AND a.state = 'decided' AND a.content_hash = v.content_hash AND v.content_hash = NEW.content_hash AND a.decided_by <> v.masked_by AND v.voice_text = NEW.voice_text AND v.answer_text = NEW.answer_text AND v.title = NEW.title AND v.gist = NEW.gist AND v.unit_name = NEW.unit_name AND v.unit_phone IS NOT DISTINCT FROM NEW.unit_phone AND v.kind = NEW.kind AND v.fields = NEW.fields AND v.outcome = NEW.outcome AND v.received_on = NEW.received_on AND v.replied_on IS NOT DISTINCT FROM NEW.replied_on AND v.answered_sender = NEW.answered_sender AND v.correction_note IS NOT DISTINCT FROM NEW.correction_note)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

INSERT INTO public_edition (id, no) VALUES (1, 1);
