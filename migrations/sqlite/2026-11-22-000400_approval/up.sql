CREATE TABLE approval_class (
    code TEXT PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    -- 甲乙丙丁
    mark TEXT NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication')),
    sort INTEGER NOT NULL
) STRICT;

CREATE TABLE approval_route_step (
    class_code TEXT NOT NULL REFERENCES approval_class (code),
    no INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approve', 'concur', 'decide')),
    role TEXT NOT NULL,
    -- whose unit the role is looked for in: the matter's own, its department, the listening office, or anywhere
    unit_rule TEXT NOT NULL CHECK (unit_rule IN ('own', 'department', 'listening', 'any', 'joint')),
    PRIMARY KEY (class_code, no)
) STRICT;

CREATE TABLE approval (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('reply', 'publication')),
    subject_id INTEGER NOT NULL,
    matter_id INTEGER NOT NULL REFERENCES matter (id),
    letter_id INTEGER NOT NULL REFERENCES letter (id),
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
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX approval_subject_kind_subject_id ON approval (subject_kind, subject_id);
CREATE INDEX approval_matter_id ON approval (matter_id);
CREATE INDEX approval_drafted_by_id ON approval (drafted_by, id);
-- a text is before its approvers once, however often the button is pressed
CREATE UNIQUE INDEX approval_one_alive ON approval (subject_kind, subject_id) WHERE state IN ('circulating', 'decided');
CREATE INDEX approval_state_id ON approval (state, id);

CREATE TABLE approval_step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    approval_id INTEGER NOT NULL REFERENCES approval (id),
    no INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approve', 'concur', 'decide')),
    unit_id INTEGER REFERENCES unit (id),
    role TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'current', 'approved', 'returned', 'dropped')),
    staff_id INTEGER REFERENCES staff (id),
    acted_as TEXT CHECK (acted_as IN ('self', 'substitute')),
    absent_id INTEGER REFERENCES staff (id),
    role_then TEXT,
    comment TEXT,
    acted_at TEXT,
    -- 後閲: the absent one has seen what was decided in his or her place
    seen_later_at TEXT,
    UNIQUE (approval_id, no)
) STRICT;
CREATE INDEX approval_step_state_role_unit_id ON approval_step (state, role, unit_id);
CREATE INDEX approval_step_staff_id ON approval_step (staff_id);

CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
BEGIN
    SELECT RAISE(ABORT, 'an approval is never deleted');
END;

CREATE TRIGGER approval_step_no_delete BEFORE DELETE ON approval_step
BEGIN
    SELECT RAISE(ABORT, 'an approval is never deleted');
END;

CREATE TRIGGER approval_bound BEFORE UPDATE ON approval
WHEN NEW.content_hash <> OLD.content_hash OR NEW.subject_id <> OLD.subject_id OR NEW.subject_kind <> OLD.subject_kind OR NEW.drafted_by <> OLD.drafted_by OR NEW.author_id <> OLD.author_id OR NEW.matter_id <> OLD.matter_id
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

CREATE TRIGGER approval_step_not_own BEFORE UPDATE ON approval_step
WHEN NEW.state = 'approved' AND (NEW.staff_id IS NULL OR EXISTS (SELECT 1 FROM approval a WHERE a.id = NEW.approval_id AND NEW.staff_id IN (a.drafted_by, a.author_id)))
BEGIN
    SELECT RAISE(ABORT, 'nobody approves his or her own draft');
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

CREATE TRIGGER approval_step_starts BEFORE INSERT ON approval_step
WHEN NEW.state NOT IN ('waiting', 'current') OR NEW.staff_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a step starts by waiting');
END;

CREATE TRIGGER approval_step_ends BEFORE UPDATE ON approval_step
WHEN NEW.approval_id <> OLD.approval_id OR NEW.role <> OLD.role OR NEW.kind <> OLD.kind OR NEW.unit_id IS DISTINCT FROM OLD.unit_id OR (OLD.state IN ('approved', 'returned', 'dropped') AND (NEW.state <> OLD.state OR NEW.staff_id IS DISTINCT FROM OLD.staff_id OR NEW.acted_at IS DISTINCT FROM OLD.acted_at OR NEW.comment IS DISTINCT FROM OLD.comment OR NEW.absent_id IS DISTINCT FROM OLD.absent_id))
BEGIN
    SELECT RAISE(ABORT, 'a step that was taken stays as it was');
END;

CREATE TRIGGER approval_step_substitute BEFORE UPDATE ON approval_step
WHEN NEW.acted_as = 'substitute' AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.staff_id = NEW.absent_id AND b.substitute_id = NEW.staff_id AND b.withdrawn_at IS NULL) AND OLD.acted_as IS NULL
BEGIN
    SELECT RAISE(ABORT, 'a substitute acts only in a recorded absence');
END;
