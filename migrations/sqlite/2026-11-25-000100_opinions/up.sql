-- a part of the answers that is approved by itself: 第1章, 全体
CREATE TABLE answer_chapter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    sort INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- the section that answers it
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    -- the number of its newest version before the approvers; 0 before the first
    current_no INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (consultation_id, name)
) STRICT;

-- 市の考え方: one answer for the groups that share it
CREATE TABLE city_view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    chapter_id INTEGER NOT NULL REFERENCES answer_chapter (id),
    sort INTEGER NOT NULL,
    -- 対応; none while it is being written
    outcome TEXT CHECK (outcome IN ('revised', 'already_in_draft', 'reference', 'not_adopted', 'question_answered', 'off_topic')),
    body TEXT NOT NULL,
    -- why it is not adopted, or why it was changed
    reason TEXT NOT NULL,
    -- where the draft changed, and from what to what
    changed_place TEXT NOT NULL,
    old_text TEXT NOT NULL,
    new_text TEXT NOT NULL,
    -- who answers, when that is not the chapter's section
    unit_id INTEGER REFERENCES unit (id),
    author_id INTEGER REFERENCES staff (id),
    updated_at TEXT NOT NULL,
    removed_at TEXT,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX city_view_chapter_id_sort ON city_view (chapter_id, sort);
CREATE INDEX city_view_consultation_id ON city_view (consultation_id);

-- 同趣旨の意見
CREATE TABLE opinion_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    -- none until somebody put it into one
    chapter_id INTEGER REFERENCES answer_chapter (id),
    paper_id INTEGER REFERENCES paper (id),
    paragraph TEXT,
    sort INTEGER NOT NULL,
    -- 要旨, as it will be published
    gist TEXT NOT NULL,
    -- somebody looked at it; before that it is what the machine put together because the texts are equal (L0, L1)
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    view_id INTEGER REFERENCES city_view (id),
    -- the group it went into as a whole; it has no items then
    merged_into INTEGER REFERENCES opinion_group (id),
    made_by INTEGER REFERENCES staff (id),
    made_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX opinion_group_consultation_id_id ON opinion_group (consultation_id, id) WHERE merged_into IS NULL;
CREATE INDEX opinion_group_view_id ON opinion_group (view_id) WHERE view_id IS NOT NULL;
CREATE INDEX opinion_group_chapter_id ON opinion_group (chapter_id) WHERE chapter_id IS NOT NULL;

-- 意見項目: one point of a submission, a cut of its sealed original
CREATE TABLE opinion_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    -- the point it is cut from, and where in that point's text (opinion and reason as one): in characters, end exclusive
    point_no INTEGER NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    -- where in the draft it belongs; none is the draft as a whole
    paper_id INTEGER REFERENCES paper (id),
    paragraph TEXT,
    -- L0 and L1 of the cut
    text_exact TEXT NOT NULL,
    text_key TEXT NOT NULL,
    -- an item that counts is in one group, or withheld from publication for a reason
    group_id INTEGER REFERENCES opinion_group (id),
    withheld TEXT CHECK (withheld IN ('third_party_harm', 'identifiable', 'discrimination', 'ongoing', 'illegal_content', 'other')),
    withheld_note TEXT NOT NULL,
    -- cut anew, or its submission stopped counting; the row stays
    removed_at TEXT,
    made_by INTEGER REFERENCES staff (id),
    made_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CHECK (start_char >= 0 AND end_char > start_char),
    CHECK (removed_at IS NOT NULL OR (group_id IS NULL) <> (withheld IS NULL)),
    CHECK (withheld IS NULL OR withheld <> 'other' OR withheld_note <> '')
) STRICT;
CREATE INDEX opinion_item_submission_id ON opinion_item (submission_id);
CREATE INDEX opinion_item_group_id_id ON opinion_item (group_id, id) WHERE removed_at IS NULL;
CREATE INDEX opinion_item_consultation_id_text_key ON opinion_item (consultation_id, text_key) WHERE removed_at IS NULL;
CREATE INDEX opinion_item_consultation_id_paper_id_paragraph ON opinion_item (consultation_id, paper_id, paragraph) WHERE removed_at IS NULL;
CREATE INDEX opinion_item_consultation_id_withheld ON opinion_item (consultation_id, withheld) WHERE withheld IS NOT NULL;

-- when a submission was cut into items for the first time; those without are waiting for it
ALTER TABLE submission ADD COLUMN itemised_at TEXT;
CREATE INDEX submission_unitemised ON submission (id) WHERE itemised_at IS NULL;

CREATE TRIGGER opinion_item_no_delete BEFORE DELETE ON opinion_item
BEGIN
    SELECT RAISE(ABORT, 'an opinion item is never deleted');
END;

CREATE TRIGGER opinion_item_sealed BEFORE UPDATE ON opinion_item
WHEN NEW.consultation_id <> OLD.consultation_id OR NEW.submission_id <> OLD.submission_id OR NEW.point_no <> OLD.point_no OR NEW.start_char <> OLD.start_char OR NEW.end_char <> OLD.end_char OR NEW.text_exact <> OLD.text_exact OR NEW.text_key <> OLD.text_key
BEGIN
    SELECT RAISE(ABORT, 'an opinion item is what was cut; a new cut is a new item');
END;

CREATE TRIGGER opinion_item_own_group BEFORE INSERT ON opinion_item
WHEN NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM opinion_group g WHERE g.id = NEW.group_id AND g.consultation_id = NEW.consultation_id AND g.merged_into IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'an item is in a living group of its own consultation');
END;

CREATE TRIGGER opinion_item_moves BEFORE UPDATE ON opinion_item
WHEN NEW.group_id IS NOT NULL AND NEW.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM opinion_group g WHERE g.id = NEW.group_id AND g.consultation_id = NEW.consultation_id AND g.merged_into IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'an item is in a living group of its own consultation');
END;

CREATE TRIGGER opinion_group_no_delete BEFORE DELETE ON opinion_group
BEGIN
    SELECT RAISE(ABORT, 'a group is merged, not deleted');
END;

CREATE TRIGGER opinion_group_merged BEFORE UPDATE ON opinion_group
WHEN NEW.merged_into IS NOT NULL AND EXISTS (SELECT 1 FROM opinion_item i WHERE i.group_id = NEW.id AND i.removed_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'a group that went into another has no items');
END;

CREATE TRIGGER city_view_no_delete BEFORE DELETE ON city_view
BEGIN
    SELECT RAISE(ABORT, 'a view is taken out, not deleted');
END;

-- Answers and results go before approvers too. SQLite cannot widen a check: both tables are made anew under their names,
-- which their children find again when the transaction ends.
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
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication', 'consultation', 'consultation_event', 'answers', 'result')),
    sort INTEGER NOT NULL
) STRICT;

CREATE TABLE approval (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication', 'consultation', 'consultation_event', 'answers', 'result')),
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
INSERT INTO approval (id, subject_kind, subject_id, matter_id, letter_id, consultation_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, decided_by, decided_as, decided_at, executed_at, version)
    SELECT id, subject_kind, subject_id, matter_id, letter_id, consultation_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, decided_by, decided_as, decided_at, executed_at, version FROM kept_approval ORDER BY id;
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
