-- 意見募集: the row staff work on. What the public sees is a released version of it
CREATE TABLE consultation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('planned', 'in_approval', 'approved', 'announced', 'sorting', 'answering', 'result_in_approval', 'decided', 'result_published', 'cancelled', 'archived')),
    -- once decided: what the city did with its draft
    decision TEXT CHECK (decision IN ('adopted_as_drafted', 'adopted_revised', 'not_adopted', 'reconsult')),
    decided_on TEXT,
    reconsult_id INTEGER REFERENCES consultation (id),
    title TEXT NOT NULL,
    draft_label TEXT NOT NULL,
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    contact_place TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    contact_fax TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    basis TEXT NOT NULL,
    summary TEXT NOT NULL,
    plain_summary TEXT NOT NULL,
    background TEXT NOT NULL,
    prenotice_on TEXT,
    noticed_on TEXT,
    opens_on TEXT,
    closes_on TEXT,
    -- the last day that counts now: closes_on, or that of the last published extension
    closing_on TEXT,
    -- days of a full period, the day of notice counted, as the rule stood when this was planned
    min_days INTEGER NOT NULL,
    short_reason TEXT NOT NULL,
    -- seconds a form may come after midnight, because clocks differ
    grace_seconds INTEGER NOT NULL,
    eligibility TEXT NOT NULL,
    eligibility_note TEXT NOT NULL,
    -- JSON: each sender field as required, asked or left out
    sender_fields TEXT NOT NULL,
    -- submissions without a required field count as opinions all the same
    count_incomplete INTEGER NOT NULL CHECK (count_incomplete IN (0, 1)),
    result_note TEXT NOT NULL,
    -- the result shows masked full texts, or the gist of each group
    publish_full INTEGER NOT NULL CHECK (publish_full IN (0, 1)),
    -- where the submissions themselves can be read when the result shows gists
    originals_place TEXT NOT NULL,
    count_unit TEXT NOT NULL CHECK (count_unit IN ('submission', 'item')),
    decision_planned_on TEXT,
    current_no INTEGER NOT NULL,
    flood TEXT NOT NULL CHECK (flood IN ('auto', 'on', 'off')),
    created_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CHECK (opens_on IS NULL OR noticed_on IS NULL OR opens_on >= noticed_on),
    CHECK (closes_on IS NULL OR opens_on IS NULL OR closes_on >= opens_on),
    CHECK (grace_seconds BETWEEN 0 AND 600)
) STRICT;
CREATE INDEX consultation_state_id ON consultation (state, id);
CREATE INDEX consultation_closing_on ON consultation (closing_on);

-- everything of a consultation that the public sees, as one text with its hash
CREATE TABLE consultation_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    content TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    -- what changed, for a version after the first release
    change_note TEXT,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (consultation_id, no)
) STRICT;

-- each time a version went before the public
CREATE TABLE consultation_release (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL UNIQUE REFERENCES consultation_version (id),
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    released_by INTEGER REFERENCES staff (id),
    at TEXT NOT NULL
) STRICT;
CREATE INDEX consultation_release_consultation_id_no ON consultation_release (consultation_id, no);

-- 案・概要・参考資料
CREATE TABLE paper (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    sort INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('draft', 'outline', 'related', 'comparison')),
    title TEXT NOT NULL,
    -- whom to ask by somebody who cannot read the file, where there is no text of it
    access_note TEXT NOT NULL,
    removed_at TEXT
) STRICT;
CREATE INDEX paper_consultation_id_sort ON paper (consultation_id, sort);

CREATE TABLE paper_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paper_id INTEGER NOT NULL REFERENCES paper (id),
    no INTEGER NOT NULL,
    -- the draft as put to comment, or the final text that came of it
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'final')),
    content_hash TEXT NOT NULL,
    paragraphs INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (paper_id, no)
) STRICT;

-- the text of a paper in paragraphs whose ids stay when the text is taken in again
CREATE TABLE paper_paragraph (
    paper_version_id INTEGER NOT NULL REFERENCES paper_version (id),
    no INTEGER NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('heading', 'text', 'item', 'cell', 'note')),
    level INTEGER NOT NULL,
    -- where it stands, in words: 第2章 1 (3)
    place TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (paper_version_id, no),
    UNIQUE (paper_version_id, code)
) STRICT;

-- a text taken in and not looked through yet
CREATE TABLE paper_import (
    id TEXT PRIMARY KEY NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES paper (id),
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'final')),
    source TEXT NOT NULL CHECK (source IN ('markdown', 'html', 'docx', 'odt', 'plain')),
    file_name TEXT NOT NULL,
    -- JSON: the paragraphs as read, with the ids proposed for them
    paragraphs TEXT NOT NULL,
    warnings TEXT NOT NULL,
    created_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX paper_import_paper_id ON paper_import (paper_id);

-- the ways to send an opinion, each with its own meaning of the last day
CREATE TABLE consultation_channel (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    kind TEXT NOT NULL CHECK (kind IN ('web', 'email', 'post', 'fax', 'hand_in')),
    address TEXT NOT NULL,
    deadline_kind TEXT NOT NULL CHECK (deadline_kind IN ('arrive_by', 'postmark')),
    note TEXT NOT NULL,
    UNIQUE (consultation_id, kind),
    CHECK (deadline_kind <> 'postmark' OR kind = 'post')
) STRICT;

-- 閲覧場所
CREATE TABLE consultation_place (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    sort INTEGER NOT NULL,
    unit_id INTEGER REFERENCES unit (id),
    name TEXT NOT NULL,
    hours TEXT NOT NULL
) STRICT;
CREATE INDEX consultation_place_consultation_id_sort ON consultation_place (consultation_id, sort);

-- what happens to a period: extension, suspension, resumption, cancellation, outage
CREATE TABLE consultation_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'suspension', 'resumption', 'cancellation', 'outage')),
    -- from when it holds; an outage has an end
    from_at TEXT NOT NULL,
    to_at TEXT,
    new_closes_on TEXT,
    reason TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    published_at TEXT,
    published_by INTEGER REFERENCES staff (id),
    withdrawn_at TEXT,
    CHECK (kind <> 'extension' OR new_closes_on IS NOT NULL),
    CHECK (kind <> 'outage' OR to_at IS NOT NULL),
    CHECK (published_at IS NULL OR withdrawn_at IS NULL)
) STRICT;
CREATE INDEX consultation_event_consultation_id_id ON consultation_event (consultation_id, id);

-- a look at what is not announced yet, for those outside who must see it
CREATE TABLE preview_link (
    key_hash TEXT PRIMARY KEY NOT NULL,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    note TEXT NOT NULL,
    created_by INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;
CREATE INDEX preview_link_consultation_id ON preview_link (consultation_id);

-- openings and closings that were told: the clock does them, this only remembers that it was noticed
CREATE TABLE period_mark (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    what TEXT NOT NULL CHECK (what IN ('opened', 'closed', 'closing_soon', 'result_due')),
    on_day TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (consultation_id, what, on_day)
) STRICT;

-- 提出意見: one form, mail, fax or paper
CREATE TABLE submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    receipt_code TEXT NOT NULL UNIQUE,
    secret_mac TEXT NOT NULL,
    -- the form's own number: sent twice it is one submission
    submission_key TEXT UNIQUE,
    channel TEXT NOT NULL CHECK (channel IN ('web', 'email', 'post', 'fax', 'hand_in')),
    state TEXT NOT NULL CHECK (state IN ('received', 'accepted', 'late', 'incomplete', 'off_topic', 'withdrawn')),
    -- required fields that are empty, as codes
    missing TEXT NOT NULL,
    state_reason TEXT,
    -- 受付日, and for post the day of the postmark
    received_on TEXT NOT NULL,
    postmarked_on TEXT,
    -- when this program began to take it in: what decides whether it is in time
    received_at TEXT NOT NULL,
    written_on TEXT,
    entered_by INTEGER REFERENCES staff (id),
    checked_by INTEGER REFERENCES staff (id),
    checked_at TEXT,
    read_at TEXT,
    -- all of its points, one after another
    text_original TEXT NOT NULL,
    text_exact TEXT NOT NULL,
    text_key TEXT NOT NULL,
    language TEXT NOT NULL,
    relation TEXT NOT NULL,
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
    party_id TEXT REFERENCES party (id),
    -- keyed hash by which opinions of one sender are counted once, where a sender is known
    sender_mark TEXT,
    org_publish_ok INTEGER NOT NULL CHECK (org_publish_ok IN (0, 1)),
    -- the sender said by the link in our mail: it was me, it was not me
    confirmed_at TEXT,
    disputed_at TEXT,
    -- a letter that turned out to be an opinion
    letter_id INTEGER REFERENCES letter (id),
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX submission_consultation_id_id ON submission (consultation_id, id);
CREATE INDEX submission_consultation_id_state ON submission (consultation_id, state, id);
CREATE INDEX submission_consultation_id_text_key ON submission (consultation_id, text_key);
CREATE INDEX submission_consultation_id_sender_mark ON submission (consultation_id, sender_mark);
CREATE INDEX submission_party_id ON submission (party_id);

-- one point of a submission, as typed
CREATE TABLE submission_point (
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    no INTEGER NOT NULL,
    paper_id INTEGER REFERENCES paper (id),
    -- the paragraph's id
    paragraph TEXT,
    target TEXT NOT NULL,
    opinion TEXT NOT NULL,
    reason TEXT NOT NULL,
    text_exact TEXT NOT NULL,
    text_key TEXT NOT NULL,
    PRIMARY KEY (submission_id, no)
) STRICT;

-- An approval is about a letter's matter or about a consultation. SQLite cannot loosen a column: both tables are made
-- anew under their names, which their children find again when the transaction ends.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE kept_class AS SELECT * FROM approval_class;
CREATE TEMP TABLE kept_approval AS SELECT * FROM approval;
DROP TABLE approval;
DROP TABLE approval_class;

CREATE TABLE approval_class (
    code TEXT PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    -- 甲乙丙丁
    mark TEXT NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication', 'consultation', 'consultation_event')),
    sort INTEGER NOT NULL
) STRICT;

CREATE TABLE approval (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication', 'consultation', 'consultation_event')),
    subject_id INTEGER NOT NULL,
    matter_id INTEGER REFERENCES matter (id),
    letter_id INTEGER REFERENCES letter (id),
    consultation_id INTEGER REFERENCES consultation (id),
    class_code TEXT NOT NULL REFERENCES approval_class (code),
    content_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('circulating', 'returned', 'pulled_back', 'decided', 'void')),
    drafted_by INTEGER NOT NULL REFERENCES staff (id),
    -- who wrote the text, when that is somebody else
    author_id INTEGER NOT NULL REFERENCES staff (id),
    drafted_at TEXT NOT NULL,
    decided_by INTEGER REFERENCES staff (id),
    decided_as TEXT CHECK (decided_as IN ('decider', 'standing', 'substitute')),
    decided_at TEXT,
    executed_at TEXT,
    version INTEGER NOT NULL,
    CHECK ((matter_id IS NOT NULL AND letter_id IS NOT NULL) OR consultation_id IS NOT NULL)
) STRICT;
CREATE INDEX approval_subject_kind_subject_id ON approval (subject_kind, subject_id);
CREATE INDEX approval_matter_id ON approval (matter_id);
CREATE INDEX approval_drafted_by_id ON approval (drafted_by, id);
-- a text is before its approvers once, however often the button is pressed
CREATE UNIQUE INDEX approval_one_alive ON approval (subject_kind, subject_id) WHERE state IN ('circulating', 'decided');
CREATE INDEX approval_state_id ON approval (state, id);
CREATE INDEX approval_consultation_id ON approval (consultation_id) WHERE consultation_id IS NOT NULL;

INSERT INTO approval_class (code, label, mark, subject_kind, sort)
    SELECT code, label, mark, subject_kind, sort FROM kept_class;
INSERT INTO approval (id, subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, decided_by, decided_as, decided_at, executed_at, version)
    SELECT id, subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, decided_by, decided_as, decided_at, executed_at, version FROM kept_approval ORDER BY id;
DROP TABLE kept_approval;
DROP TABLE kept_class;

CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
BEGIN
    SELECT RAISE(ABORT, 'an approval is never deleted');
END;

CREATE TRIGGER approval_bound BEFORE UPDATE ON approval
WHEN NEW.content_hash <> OLD.content_hash OR NEW.subject_id <> OLD.subject_id OR NEW.subject_kind <> OLD.subject_kind OR NEW.drafted_by <> OLD.drafted_by OR NEW.author_id <> OLD.author_id OR NEW.matter_id IS DISTINCT FROM OLD.matter_id OR NEW.letter_id IS DISTINCT FROM OLD.letter_id OR NEW.consultation_id IS DISTINCT FROM OLD.consultation_id
BEGIN
    SELECT RAISE(ABORT, 'an approval is bound to its text');
END;

CREATE TRIGGER approval_not_own BEFORE UPDATE ON approval
WHEN NEW.state = 'decided' AND (NEW.decided_by IS NULL OR NEW.decided_by = NEW.drafted_by OR NEW.decided_by = NEW.author_id)
BEGIN
    SELECT RAISE(ABORT, 'nobody decides on his or her own draft');
END;

CREATE TRIGGER approval_whole_route BEFORE UPDATE ON approval
WHEN NEW.state = 'decided' AND OLD.state <> 'decided' AND (NOT EXISTS (SELECT 1 FROM approval_step s WHERE s.approval_id = NEW.id) OR EXISTS (SELECT 1 FROM approval_step s WHERE s.approval_id = NEW.id AND s.state <> 'approved'))
BEGIN
    SELECT RAISE(ABORT, 'every step of the route comes before the decision');
END;

CREATE TRIGGER approval_starts BEFORE INSERT ON approval
WHEN NEW.state <> 'circulating'
BEGIN
    SELECT RAISE(ABORT, 'an approval starts by circulating');
END;

CREATE TRIGGER approval_ends BEFORE UPDATE ON approval
WHEN (OLD.state IN ('returned', 'pulled_back', 'void') AND NEW.state <> OLD.state) OR (OLD.state = 'decided' AND NEW.state NOT IN ('decided', 'void')) OR (OLD.executed_at IS NOT NULL AND NEW.state <> OLD.state)
BEGIN
    SELECT RAISE(ABORT, 'an approval that ended stays ended');
END;

CREATE TRIGGER approval_executed BEFORE UPDATE ON approval
WHEN NEW.executed_at IS NOT NULL AND NEW.state <> 'decided'
BEGIN
    SELECT RAISE(ABORT, 'only what was decided is carried out');
END;

-- a file may belong to a submission or to a paper instead of a letter
ALTER TABLE attachment ADD COLUMN submission_id INTEGER REFERENCES submission (id);
ALTER TABLE attachment ADD COLUMN paper_version_id INTEGER REFERENCES paper_version (id);
ALTER TABLE attachment ADD COLUMN meant_for TEXT NOT NULL DEFAULT 'citizen' CHECK (meant_for IN ('citizen', 'scan', 'paper'));
UPDATE attachment SET meant_for = purpose;
ALTER TABLE attachment DROP COLUMN purpose;
ALTER TABLE attachment RENAME COLUMN meant_for TO purpose;
CREATE INDEX attachment_submission_id ON attachment (submission_id) WHERE submission_id IS NOT NULL;
CREATE INDEX attachment_paper_version_id ON attachment (paper_version_id) WHERE paper_version_id IS NOT NULL;

CREATE TRIGGER consultation_no_delete BEFORE DELETE ON consultation
BEGIN
    SELECT RAISE(ABORT, 'a consultation is cancelled, not deleted');
END;

CREATE TRIGGER consultation_starts BEFORE INSERT ON consultation
WHEN NEW.state <> 'planned'
BEGIN
    SELECT RAISE(ABORT, 'a consultation starts by being planned');
END;

CREATE TRIGGER consultation_announced BEFORE UPDATE ON consultation
WHEN NEW.state = 'announced' AND OLD.state <> 'announced' AND (NEW.noticed_on IS NULL OR NEW.opens_on IS NULL OR NEW.closes_on IS NULL OR NEW.closing_on IS NULL OR (TRIM(NEW.short_reason) = '' AND (julianday(NEW.closes_on) - julianday(NEW.noticed_on)) + 1 < NEW.min_days) OR NOT EXISTS (SELECT 1 FROM consultation_release r WHERE r.consultation_id = NEW.id))
BEGIN
    SELECT RAISE(ABORT, 'a consultation is announced with an approved text and a full period, or the reason for a short one');
END;

CREATE TRIGGER consultation_period_fixed BEFORE UPDATE ON consultation
WHEN OLD.state NOT IN ('planned', 'in_approval', 'approved') AND (NEW.noticed_on IS DISTINCT FROM OLD.noticed_on OR NEW.opens_on IS DISTINCT FROM OLD.opens_on OR NEW.closes_on IS DISTINCT FROM OLD.closes_on OR (NEW.closing_on IS DISTINCT FROM OLD.closing_on AND NOT EXISTS (SELECT 1 FROM consultation_event e WHERE e.consultation_id = NEW.id AND e.kind = 'extension' AND e.published_at IS NOT NULL AND e.new_closes_on = NEW.closing_on)))
BEGIN
    SELECT RAISE(ABORT, 'an announced period changes by a published extension alone');
END;

CREATE TRIGGER consultation_result BEFORE UPDATE ON consultation
WHEN NEW.state = 'result_published' AND OLD.state <> 'result_published' AND NEW.decision IS NULL
BEGIN
    SELECT RAISE(ABORT, 'a result says what the city decided');
END;

CREATE TRIGGER consultation_version_no_update BEFORE UPDATE ON consultation_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER consultation_version_no_delete BEFORE DELETE ON consultation_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER consultation_release_no_update BEFORE UPDATE ON consultation_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never changed');
END;

CREATE TRIGGER consultation_release_no_delete BEFORE DELETE ON consultation_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never deleted');
END;

CREATE TRIGGER consultation_release_approved BEFORE INSERT ON consultation_release
WHEN NOT EXISTS (SELECT 1 FROM consultation_version v JOIN approval a ON a.subject_kind = 'consultation' AND a.subject_id = v.id WHERE v.id = NEW.version_id AND v.consultation_id = NEW.consultation_id AND v.no = NEW.no AND a.state = 'decided' AND a.content_hash = v.content_hash AND a.consultation_id = v.consultation_id AND a.decided_by <> v.author_id)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

CREATE TRIGGER paper_no_delete BEFORE DELETE ON paper
BEGIN
    SELECT RAISE(ABORT, 'a paper is taken out, not deleted');
END;

CREATE TRIGGER paper_version_no_update BEFORE UPDATE ON paper_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER paper_version_no_delete BEFORE DELETE ON paper_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER paper_paragraph_no_update BEFORE UPDATE ON paper_paragraph
BEGIN
    SELECT RAISE(ABORT, 'a paragraph is never changed');
END;

CREATE TRIGGER paper_paragraph_no_delete BEFORE DELETE ON paper_paragraph
BEGIN
    SELECT RAISE(ABORT, 'a paragraph is never deleted');
END;

CREATE TRIGGER consultation_event_starts BEFORE INSERT ON consultation_event
WHEN NEW.published_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'what happens to a period starts unpublished');
END;

CREATE TRIGGER consultation_event_bound BEFORE UPDATE ON consultation_event
WHEN NEW.consultation_id <> OLD.consultation_id OR NEW.kind <> OLD.kind OR NEW.from_at <> OLD.from_at OR NEW.to_at IS DISTINCT FROM OLD.to_at OR NEW.new_closes_on IS DISTINCT FROM OLD.new_closes_on OR NEW.reason <> OLD.reason OR NEW.content_hash <> OLD.content_hash OR NEW.author_id <> OLD.author_id OR (OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at)
BEGIN
    SELECT RAISE(ABORT, 'what happens to a period is never changed');
END;

CREATE TRIGGER consultation_event_approved BEFORE UPDATE ON consultation_event
WHEN NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.subject_kind = 'consultation_event' AND a.subject_id = NEW.id AND a.state = 'decided' AND a.content_hash = NEW.content_hash AND a.consultation_id = NEW.consultation_id AND a.decided_by <> NEW.author_id)
BEGIN
    SELECT RAISE(ABORT, 'only the approved text is published');
END;

CREATE TRIGGER consultation_event_no_delete BEFORE DELETE ON consultation_event
BEGIN
    SELECT RAISE(ABORT, 'what happened to a period is never deleted');
END;

CREATE TRIGGER submission_no_delete BEFORE DELETE ON submission
BEGIN
    SELECT RAISE(ABORT, 'a submission is never deleted');
END;

CREATE TRIGGER submission_sealed BEFORE UPDATE ON submission
WHEN NEW.consultation_id <> OLD.consultation_id OR NEW.text_original <> OLD.text_original OR NEW.text_exact <> OLD.text_exact OR NEW.text_key <> OLD.text_key OR NEW.received_at <> OLD.received_at OR NEW.receipt_code <> OLD.receipt_code OR NEW.channel <> OLD.channel OR NEW.submission_key IS DISTINCT FROM OLD.submission_key
BEGIN
    SELECT RAISE(ABORT, 'the original of a submission is sealed');
END;

CREATE TRIGGER submission_point_no_update BEFORE UPDATE ON submission_point
BEGIN
    SELECT RAISE(ABORT, 'the original of a submission is sealed');
END;

CREATE TRIGGER submission_point_no_delete BEFORE DELETE ON submission_point
BEGIN
    SELECT RAISE(ABORT, 'a submission is never deleted');
END;
