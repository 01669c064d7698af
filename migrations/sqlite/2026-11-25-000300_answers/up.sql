-- the heading a chapter was made from; groups at a paragraph under it fall into it
ALTER TABLE answer_chapter ADD COLUMN paper_id INTEGER REFERENCES paper (id);
ALTER TABLE answer_chapter ADD COLUMN heading TEXT;
-- the version that stands approved; none while the chapter is being worked on
ALTER TABLE answer_chapter ADD COLUMN approved_no INTEGER;

-- the paragraph of the draft a view changes, where it changes one
ALTER TABLE city_view ADD COLUMN changed_paper_id INTEGER REFERENCES paper (id);
ALTER TABLE city_view ADD COLUMN changed_paragraph TEXT;

-- a chapter as it went before its approvers: everything the public will read of it
CREATE TABLE answer_chapter_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    chapter_id INTEGER NOT NULL REFERENCES answer_chapter (id),
    no INTEGER NOT NULL,
    content TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    created_at TEXT NOT NULL,
    UNIQUE (chapter_id, no)
) STRICT;
CREATE INDEX answer_chapter_version_consultation_id ON answer_chapter_version (consultation_id);

-- everybody who wrote something in a version: none of them decides on it
CREATE TABLE answer_chapter_writer (
    version_id INTEGER NOT NULL REFERENCES answer_chapter_version (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    PRIMARY KEY (version_id, staff_id)
) STRICT;

-- an act on many groups at once, so that it can be undone as one
CREATE TABLE answer_act (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    kind TEXT NOT NULL CHECK (kind IN ('attached', 'detached', 'placed')),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    at TEXT NOT NULL,
    undone_at TEXT
) STRICT;
CREATE INDEX answer_act_consultation_id_id ON answer_act (consultation_id, id);

CREATE TABLE answer_move (
    act_id INTEGER NOT NULL REFERENCES answer_act (id),
    group_id INTEGER NOT NULL REFERENCES opinion_group (id),
    from_chapter INTEGER REFERENCES answer_chapter (id),
    from_view INTEGER REFERENCES city_view (id),
    to_chapter INTEGER REFERENCES answer_chapter (id),
    to_view INTEGER REFERENCES city_view (id),
    PRIMARY KEY (act_id, group_id)
) STRICT;

-- who has a view open to write in it; a row is looked at for some minutes only
CREATE TABLE view_editor (
    view_id INTEGER NOT NULL REFERENCES city_view (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    seen_at TEXT NOT NULL,
    PRIMARY KEY (view_id, staff_id)
) STRICT;

-- 定型文
CREATE TABLE answer_phrase (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    removed_at TEXT,
    version INTEGER NOT NULL
) STRICT;

-- a change of the draft that no opinion asked for, with its reason
CREATE TABLE other_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    paper_id INTEGER NOT NULL REFERENCES paper (id),
    paragraph TEXT NOT NULL,
    reason TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES staff (id),
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (paper_id, paragraph),
    CHECK (reason <> '')
) STRICT;
CREATE INDEX other_change_consultation_id ON other_change (consultation_id);

CREATE TRIGGER answer_chapter_version_no_update BEFORE UPDATE ON answer_chapter_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TRIGGER answer_chapter_version_no_delete BEFORE DELETE ON answer_chapter_version
BEGIN
    SELECT RAISE(ABORT, 'a version is never deleted');
END;

CREATE TRIGGER answer_chapter_writer_no_update BEFORE UPDATE ON answer_chapter_writer
BEGIN
    SELECT RAISE(ABORT, 'who wrote a version is never changed');
END;

CREATE TRIGGER answer_chapter_writer_no_delete BEFORE DELETE ON answer_chapter_writer
BEGIN
    SELECT RAISE(ABORT, 'who wrote a version is never changed');
END;

CREATE TRIGGER answer_chapter_begins BEFORE INSERT ON answer_chapter
WHEN NEW.approved_no IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a chapter begins unapproved');
END;

CREATE TRIGGER answer_chapter_approved BEFORE UPDATE ON answer_chapter
WHEN NEW.approved_no IS NOT NULL AND NEW.approved_no IS DISTINCT FROM OLD.approved_no AND NOT EXISTS (SELECT 1 FROM answer_chapter_version v JOIN approval a ON a.subject_kind = 'answers' AND a.subject_id = v.id WHERE v.chapter_id = NEW.id AND v.no = NEW.approved_no AND v.consultation_id = NEW.consultation_id AND a.consultation_id = v.consultation_id AND a.state = 'decided' AND a.content_hash = v.content_hash AND a.decided_by <> v.author_id AND NOT EXISTS (SELECT 1 FROM answer_chapter_writer w WHERE w.version_id = v.id AND w.staff_id = a.decided_by))
BEGIN
    SELECT RAISE(ABORT, 'a chapter stands approved by a decision of somebody who wrote nothing in it');
END;

CREATE TRIGGER answer_chapter_stands BEFORE UPDATE ON answer_chapter
WHEN NEW.approved_no IS NOT NULL AND NEW.approved_no IS NOT DISTINCT FROM OLD.approved_no AND (NEW.name <> OLD.name OR NEW.unit_id <> OLD.unit_id OR NEW.consultation_id <> OLD.consultation_id)
BEGIN
    SELECT RAISE(ABORT, 'what stands approved is opened before it is changed');
END;

CREATE TRIGGER city_view_stands BEFORE UPDATE ON city_view
WHEN (NEW.outcome IS DISTINCT FROM OLD.outcome OR NEW.body <> OLD.body OR NEW.reason <> OLD.reason OR NEW.changed_place <> OLD.changed_place OR NEW.old_text <> OLD.old_text OR NEW.new_text <> OLD.new_text OR NEW.chapter_id <> OLD.chapter_id OR NEW.unit_id IS DISTINCT FROM OLD.unit_id OR NEW.removed_at IS DISTINCT FROM OLD.removed_at) AND EXISTS (SELECT 1 FROM answer_chapter c WHERE c.id IN (OLD.chapter_id, NEW.chapter_id) AND c.approved_no IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'what stands approved is opened before it is changed');
END;

CREATE TRIGGER answer_move_no_update BEFORE UPDATE ON answer_move
BEGIN
    SELECT RAISE(ABORT, 'what was moved is never changed');
END;

CREATE TRIGGER answer_move_no_delete BEFORE DELETE ON answer_move
BEGIN
    SELECT RAISE(ABORT, 'what was moved is never deleted');
END;
