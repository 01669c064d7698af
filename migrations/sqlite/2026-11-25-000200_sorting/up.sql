-- one act of sorting; every row of its moves and changes lets it be taken back
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

-- an item before and after an act
CREATE TABLE sorting_move (
    act_id INTEGER NOT NULL REFERENCES sorting_act (id),
    item_id INTEGER NOT NULL REFERENCES opinion_item (id),
    from_group INTEGER,
    from_withheld TEXT,
    from_note TEXT NOT NULL,
    from_removed INTEGER NOT NULL CHECK (from_removed IN (0, 1)),
    from_paper INTEGER,
    from_paragraph TEXT,
    to_group INTEGER,
    to_withheld TEXT,
    to_note TEXT NOT NULL,
    to_removed INTEGER NOT NULL CHECK (to_removed IN (0, 1)),
    to_paper INTEGER,
    to_paragraph TEXT,
    PRIMARY KEY (act_id, item_id)
) STRICT;
CREATE INDEX sorting_move_item_id_act_id ON sorting_move (item_id, act_id);

-- a group before and after an act
CREATE TABLE sorting_change (
    act_id INTEGER NOT NULL REFERENCES sorting_act (id),
    group_id INTEGER NOT NULL REFERENCES opinion_group (id),
    from_gist TEXT NOT NULL,
    from_settled INTEGER NOT NULL CHECK (from_settled IN (0, 1)),
    from_paper INTEGER,
    from_paragraph TEXT,
    from_chapter INTEGER,
    from_merged INTEGER,
    to_gist TEXT NOT NULL,
    to_settled INTEGER NOT NULL CHECK (to_settled IN (0, 1)),
    to_paper INTEGER,
    to_paragraph TEXT,
    to_chapter INTEGER,
    to_merged INTEGER,
    PRIMARY KEY (act_id, group_id)
) STRICT;
CREATE INDEX sorting_change_group_id_act_id ON sorting_change (group_id, act_id);

-- the search for copies that are not equal: one row a consultation
CREATE TABLE likeness_run (
    consultation_id INTEGER PRIMARY KEY NOT NULL REFERENCES consultation (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'stopped', 'done')),
    -- texts came since it began
    stale INTEGER NOT NULL CHECK (stale IN (0, 1)),
    texts_done INTEGER NOT NULL,
    texts_all INTEGER NOT NULL,
    -- the run whose suggestions are shown, and the one being written
    shown_no INTEGER NOT NULL,
    next_no INTEGER NOT NULL,
    -- the process at work, and until when it is believed to be
    holder TEXT,
    held_until TEXT,
    finished_at TEXT
) STRICT;

-- a text that a run found to be a copy of another, by their L1 keys
CREATE TABLE likeness_suggestion (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    run_no INTEGER NOT NULL,
    text_key TEXT NOT NULL,
    model_key TEXT NOT NULL,
    PRIMARY KEY (consultation_id, run_no, text_key)
) STRICT;
CREATE INDEX likeness_suggestion_model_key ON likeness_suggestion (consultation_id, run_no, model_key);

-- somebody said that these two are not one; it is not proposed again
CREATE TABLE likeness_dismissal (
    consultation_id INTEGER NOT NULL REFERENCES consultation (id),
    text_key TEXT NOT NULL,
    other_key TEXT NOT NULL,
    made_by INTEGER NOT NULL REFERENCES staff (id),
    made_at TEXT NOT NULL,
    PRIMARY KEY (consultation_id, text_key, other_key)
) STRICT;

-- the first living item of a text without reading all its copies; the sizes of groups from the index alone
CREATE INDEX opinion_item_text_key_id ON opinion_item (consultation_id, text_key, id) WHERE removed_at IS NULL AND group_id IS NOT NULL;
CREATE INDEX opinion_item_consultation_id_group_id ON opinion_item (consultation_id, group_id, text_key) WHERE removed_at IS NULL;

CREATE TRIGGER sorting_act_no_delete BEFORE DELETE ON sorting_act
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is undone, not deleted');
END;

CREATE TRIGGER sorting_act_sealed BEFORE UPDATE ON sorting_act
WHEN NEW.consultation_id <> OLD.consultation_id OR NEW.kind <> OLD.kind OR NEW.made_by IS DISTINCT FROM OLD.made_by OR NEW.made_at <> OLD.made_at OR NEW.undoes IS DISTINCT FROM OLD.undoes
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is what was done');
END;

CREATE TRIGGER sorting_move_no_update BEFORE UPDATE ON sorting_move
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is what was done');
END;

CREATE TRIGGER sorting_move_no_delete BEFORE DELETE ON sorting_move
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is undone, not deleted');
END;

CREATE TRIGGER sorting_change_no_update BEFORE UPDATE ON sorting_change
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is what was done');
END;

CREATE TRIGGER sorting_change_no_delete BEFORE DELETE ON sorting_change
BEGIN
    SELECT RAISE(ABORT, 'an act of sorting is undone, not deleted');
END;

-- a submission whose state changed is looked at again: its items stand as long as it counts
CREATE TRIGGER submission_looked_at_again AFTER UPDATE OF state ON submission
WHEN NEW.state <> OLD.state
BEGIN
    UPDATE submission SET itemised_at = NULL WHERE id = NEW.id;
END;
