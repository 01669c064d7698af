DROP INDEX likeness_dismissal_act_id;
DELETE FROM likeness_dismissal WHERE act_id IN (SELECT id FROM sorting_act WHERE undone_by IS NOT NULL);
ALTER TABLE likeness_dismissal DROP COLUMN act_id;
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE kept_sorting_act AS SELECT * FROM sorting_act;
DROP TABLE sorting_act;

CREATE TABLE sorting_act (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    kind TEXT NOT NULL CHECK (kind IN ('merge', 'split', 'move', 'withhold', 'bring_back', 'tie', 'gist', 'settle', 'chapter', 'cut', 'set_aside', 'count_again', 'undo')),
    -- none is the machine, which follows the state of a submission
    made_by INTEGER REFERENCES staff (id),
    made_at TEXT NOT NULL,
    -- the group it was about or made
    group_id INTEGER REFERENCES opinion_group (id),
    -- the submission it cut or followed
    submission_id INTEGER REFERENCES submission (id),
    -- how many items it moved
    items INTEGER NOT NULL,
    -- the act it takes back, and the one that took it back
    undoes INTEGER REFERENCES sorting_act (id),
    undone_by INTEGER REFERENCES sorting_act (id)
) STRICT;
CREATE INDEX sorting_act_consultation_id_id ON sorting_act (consultation_id, id);
CREATE INDEX sorting_act_group_id_id ON sorting_act (group_id, id) WHERE group_id IS NOT NULL;
CREATE INDEX sorting_act_submission_id_id ON sorting_act (submission_id, id) WHERE submission_id IS NOT NULL;

INSERT INTO sorting_act (id, consultation_id, kind, made_by, made_at, group_id, submission_id, items, undoes, undone_by)
    SELECT id, consultation_id, CASE kind WHEN 'dismiss' THEN 'settle' ELSE kind END, made_by, made_at, group_id, submission_id, items, undoes, undone_by FROM kept_sorting_act ORDER BY id;
DROP TABLE kept_sorting_act;

CREATE TRIGGER sorting_act_no_delete BEFORE DELETE ON sorting_act
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is undone, not deleted');
END;

CREATE TRIGGER sorting_act_sealed BEFORE UPDATE ON sorting_act
WHEN NEW.consultation_id <> OLD.consultation_id OR NEW.kind <> OLD.kind OR NEW.made_by IS DISTINCT FROM OLD.made_by OR NEW.made_at <> OLD.made_at OR NEW.undoes IS DISTINCT FROM OLD.undoes
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is what was done');
END;
