-- what the clerk writes for the result before it is put before its approvers
CREATE TABLE result_draft (
    consultation_id INTEGER PRIMARY KEY NOT NULL REFERENCES consultation (id),
    decision TEXT CHECK (decision IN ('adopted_as_drafted', 'adopted_revised', 'not_adopted', 'reconsult')),
    decided_on TEXT,
    -- the decision in words: what, why
    decision_note TEXT NOT NULL,
    -- the consultation that asks again
    reconsult_id INTEGER REFERENCES consultation (id),
    -- where the final text can be read, when it is no paper here
    final_place TEXT NOT NULL,
    -- where the submissions themselves can be read, when the result shows gists
    originals_place TEXT NOT NULL,
    -- the day it is published; none is at its approval
    publish_on TEXT,
    -- what a correction changes, and why
    change_note TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- changes of the draft that no opinion asked for
CREATE TABLE result_change (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    place TEXT NOT NULL,
    old_text TEXT NOT NULL,
    new_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (consultation_id, no)
) STRICT;

-- what the city says it will do, and what came of it
CREATE TABLE result_promise (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    body TEXT NOT NULL,
    due_on TEXT NOT NULL,
    -- what came of it; empty until it is reported
    report TEXT NOT NULL,
    reported_on TEXT,
    PRIMARY KEY (consultation_id, no)
) STRICT;
CREATE INDEX result_promise_due_on ON result_promise (due_on) WHERE reported_on IS NULL;

-- a stretch of an item's text that a person hides from the full text, or shows although the machine would hide it
CREATE TABLE result_mask (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES opinion_item (id),
    -- in bytes of the item's text, end exclusive
    start_byte INTEGER NOT NULL,
    end_byte INTEGER NOT NULL,
    hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    reason TEXT NOT NULL CHECK (reason IN ('personal', 'third_party', 'defamation', 'commerce', 'off_topic')),
    made_by INTEGER NOT NULL REFERENCES staff (id),
    made_at TEXT NOT NULL,
    removed_at TEXT,
    CHECK (start_byte >= 0 AND end_byte > start_byte)
) STRICT;
CREATE INDEX result_mask_item_id ON result_mask (item_id) WHERE removed_at IS NULL;

-- 結果の版: its head as one text, its rows below, and the hash over all of it
CREATE TABLE result_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    content TEXT NOT NULL,
    -- over the head and all rows in their order
    content_hash TEXT NOT NULL,
    -- over what it was made of: another one says that something was changed since
    source_hash TEXT NOT NULL,
    views INTEGER NOT NULL,
    groups INTEGER NOT NULL,
    items INTEGER NOT NULL,
    -- where the consultation stood before, to go back to
    from_state TEXT NOT NULL CHECK (from_state IN ('announced', 'sorting', 'answering', 'result_published')),
    publish_on TEXT,
    change_note TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (consultation_id, no)
) STRICT;

-- 市の考え方, as published
CREATE TABLE result_view (
    version_id INTEGER NOT NULL REFERENCES result_version (id),
    no INTEGER NOT NULL,
    view_id INTEGER NOT NULL REFERENCES city_view (id),
    chapter TEXT NOT NULL,
    unit_name TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('revised', 'already_in_draft', 'reference', 'not_adopted', 'question_answered', 'off_topic')),
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_place TEXT NOT NULL,
    old_text TEXT NOT NULL,
    new_text TEXT NOT NULL,
    PRIMARY KEY (version_id, no)
) STRICT;

-- 同趣旨の意見, as published
CREATE TABLE result_group (
    version_id INTEGER NOT NULL REFERENCES result_version (id),
    no INTEGER NOT NULL,
    group_id INTEGER NOT NULL REFERENCES opinion_group (id),
    view_no INTEGER NOT NULL,
    chapter TEXT NOT NULL,
    paper_id INTEGER REFERENCES paper (id),
    paragraph TEXT,
    -- the paragraph's place in words
    place TEXT NOT NULL,
    gist TEXT NOT NULL,
    items INTEGER NOT NULL CHECK (items > 0),
    texts INTEGER NOT NULL CHECK (texts > 0),
    PRIMARY KEY (version_id, no),
    UNIQUE (version_id, group_id),
    FOREIGN KEY (version_id, view_no) REFERENCES result_view (version_id, no)
) STRICT;

-- 意見項目, as published: in one group, or withheld with its reason
CREATE TABLE result_item (
    version_id INTEGER NOT NULL REFERENCES result_version (id),
    no INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES opinion_item (id),
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    group_no INTEGER,
    withheld TEXT CHECK (withheld IN ('third_party_harm', 'identifiable', 'discrimination', 'ongoing', 'illegal_content', 'other')),
    withheld_note TEXT NOT NULL,
    paragraph TEXT,
    place TEXT NOT NULL,
    -- a body's name, where it agreed
    org_name TEXT NOT NULL,
    -- the masked text where the consultation publishes full texts; empty otherwise
    body TEXT NOT NULL,
    PRIMARY KEY (version_id, no),
    UNIQUE (version_id, item_id),
    FOREIGN KEY (version_id, group_no) REFERENCES result_group (version_id, no),
    CHECK ((group_no IS NULL) <> (withheld IS NULL)),
    CHECK (withheld IS NULL OR body = '')
) STRICT;
CREATE INDEX result_item_version_id_group_no ON result_item (version_id, group_no);
CREATE INDEX result_item_submission_id ON result_item (submission_id);

-- each time a result went before the public
CREATE TABLE result_release (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL UNIQUE REFERENCES result_version (id),
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    no INTEGER NOT NULL,
    released_by INTEGER REFERENCES staff (id),
    at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX result_release_consultation_id_no ON result_release (consultation_id, no);

-- who was told of a result: one mail an address
CREATE TABLE result_notice (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    mail_mark TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (consultation_id, mail_mark)
) STRICT;

-- results whose senders are being told; done once everybody was
CREATE TABLE result_telling (
    consultation_id INTEGER PRIMARY KEY NOT NULL REFERENCES consultation (id),
    begun_at TEXT NOT NULL,
    done_at TEXT
) STRICT;
CREATE INDEX result_telling_open ON result_telling (consultation_id) WHERE done_at IS NULL;

CREATE TRIGGER result_version_no_update BEFORE UPDATE ON result_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER result_version_no_delete BEFORE DELETE ON result_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER result_view_no_update BEFORE UPDATE ON result_view
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER result_view_no_delete BEFORE DELETE ON result_view
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER result_group_no_update BEFORE UPDATE ON result_group
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER result_group_no_delete BEFORE DELETE ON result_group
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER result_item_no_update BEFORE UPDATE ON result_item
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER result_item_no_delete BEFORE DELETE ON result_item
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER result_release_no_update BEFORE UPDATE ON result_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never changed');
END;

CREATE TRIGGER result_release_no_delete BEFORE DELETE ON result_release
BEGIN
    SELECT RAISE(ABORT, 'what was published is never deleted');
END;

CREATE TRIGGER result_notice_no_update BEFORE UPDATE ON result_notice
BEGIN
    SELECT RAISE(ABORT, 'who was told stays told');
END;

CREATE TRIGGER result_notice_no_delete BEFORE DELETE ON result_notice
BEGIN
    SELECT RAISE(ABORT, 'who was told stays told');
END;

CREATE TRIGGER result_view_closed BEFORE INSERT ON result_view
WHEN EXISTS (SELECT 1 FROM approval a WHERE a.subject_kind = 'result' AND a.subject_id = NEW.version_id)
BEGIN
    SELECT RAISE(ABORT, 'a version before its approvers is whole');
END;

CREATE TRIGGER result_group_closed BEFORE INSERT ON result_group
WHEN EXISTS (SELECT 1 FROM approval a WHERE a.subject_kind = 'result' AND a.subject_id = NEW.version_id)
BEGIN
    SELECT RAISE(ABORT, 'a version before its approvers is whole');
END;

CREATE TRIGGER result_item_closed BEFORE INSERT ON result_item
WHEN EXISTS (SELECT 1 FROM approval a WHERE a.subject_kind = 'result' AND a.subject_id = NEW.version_id)
BEGIN
    SELECT RAISE(ABORT, 'a version before its approvers is whole');
END;

CREATE TRIGGER result_release_approved BEFORE INSERT ON result_release
WHEN NOT EXISTS (SELECT 1 FROM result_version v JOIN approval a ON a.subject_kind = 'result' AND a.subject_id = v.id WHERE v.id = NEW.version_id AND v.consultation_id = NEW.consultation_id AND v.no = NEW.no AND a.state = 'decided' AND a.content_hash = v.content_hash AND a.consultation_id = v.consultation_id AND a.decided_by <> v.author_id AND v.items = (SELECT COUNT(*) FROM result_item i WHERE i.version_id = v.id) AND v.groups = (SELECT COUNT(*) FROM result_group g WHERE g.version_id = v.id)) OR EXISTS (SELECT 1 FROM result_release r WHERE r.consultation_id = NEW.consultation_id AND r.no >= NEW.no)
BEGIN
    SELECT RAISE(ABORT, 'only the approved result is published, whole and in its order');
END;

CREATE TRIGGER result_mask_kept BEFORE UPDATE ON result_mask
WHEN NEW.item_id <> OLD.item_id OR NEW.start_byte <> OLD.start_byte OR NEW.end_byte <> OLD.end_byte OR NEW.hidden <> OLD.hidden OR NEW.reason <> OLD.reason OR OLD.removed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a mask is taken back, not changed');
END;

CREATE TRIGGER result_mask_no_delete BEFORE DELETE ON result_mask
BEGIN
    SELECT RAISE(ABORT, 'a mask is taken back, not deleted');
END;

-- a result is published once its release stands
DROP TRIGGER consultation_result;
CREATE TRIGGER consultation_result BEFORE UPDATE ON consultation
WHEN NEW.state = 'result_published' AND OLD.state <> 'result_published' AND (NEW.decision IS NULL OR NEW.decided_on IS NULL OR NOT EXISTS (SELECT 1 FROM result_release r WHERE r.consultation_id = NEW.id))
BEGIN
    SELECT RAISE(ABORT, 'a result is published by its release, and says what the city decided and when');
END;
