CREATE TABLE unit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('executive_body', 'department', 'section', 'branch', 'sub_branch')),
    name TEXT NOT NULL,
    parent_id INTEGER REFERENCES unit (id),
    -- the lead section whose deputy head is the department's 報道広聴主任
    leads INTEGER NOT NULL CHECK (leads IN (0, 1)),
    phone TEXT,
    email TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    sort INTEGER NOT NULL
) STRICT;
CREATE INDEX unit_parent_id ON unit (parent_id);

-- data keys, wrapped by the key outside the database
CREATE TABLE seal_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wrapped BLOB NOT NULL,
    created_at TEXT NOT NULL,
    retired_at TEXT
) STRICT;

CREATE TABLE staff (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_kana TEXT NOT NULL,
    email TEXT,
    password_hash TEXT NOT NULL,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
    totp_sealed BLOB,
    totp_key_id INTEGER REFERENCES seal_key (id),
    totp_last_step INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE posting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    role TEXT NOT NULL CHECK (role IN ('admin', 'listening', 'drafter', 'section_head', 'department_head', 'deputy_mayor', 'mayor', 'clerk', 'auditor')),
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT;
CREATE INDEX posting_staff_id ON posting (staff_id);
CREATE INDEX posting_unit_id_role ON posting (unit_id, role);

-- 不在: a substitute (代決) may act only while one of these says so
CREATE TABLE absence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    substitute_id INTEGER NOT NULL REFERENCES staff (id),
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_by INTEGER NOT NULL REFERENCES staff (id),
    recorded_at TEXT NOT NULL,
    withdrawn_at TEXT
) STRICT;
CREATE INDEX absence_staff_id_to_on ON absence (staff_id, to_on);
CREATE INDEX absence_substitute_id_to_on ON absence (substitute_id, to_on);

CREATE TABLE staff_session (
    -- sha256 of the cookie's token: who reads the table cannot sign in with it
    id TEXT PRIMARY KEY NOT NULL,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    csrf TEXT NOT NULL,
    network TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX staff_session_staff_id_ended_at ON staff_session (staff_id, ended_at);

-- logins as keyed hashes: people type passwords into the wrong field
CREATE TABLE sign_in_failure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL,
    network TEXT NOT NULL,
    -- a browser that signed in as this login before; empty for a stranger
    device TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failure_login_at ON sign_in_failure (login, at);
CREATE INDEX sign_in_failure_network_at ON sign_in_failure (network, at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);

CREATE TABLE party (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'organisation')),
    sealed BLOB NOT NULL,
    seal_key_id INTEGER NOT NULL REFERENCES seal_key (id),
    -- keyed hashes of mail address and telephone, to find what the same sender wrote
    mail_mark TEXT,
    phone_mark TEXT,
    created_at TEXT NOT NULL,
    purge_on TEXT
) STRICT;
CREATE INDEX party_mail_mark ON party (mail_mark) WHERE mail_mark IS NOT NULL;
CREATE INDEX party_phone_mark ON party (phone_mark) WHERE phone_mark IS NOT NULL;
CREATE INDEX party_seal_key_id ON party (seal_key_id);

CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (staff_id, name)
) STRICT;

CREATE TABLE recovery_code (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    code_mac TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX recovery_code_staff_id ON recovery_code (staff_id);

-- the link with which the first administrator is made
CREATE TABLE welcome_link (
    key_hash TEXT PRIMARY KEY NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;

-- 部報道広聴主任 and 課報道広聴主任 (下関市報道広聴事務取扱規程)
CREATE TABLE coordinator (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT;
CREATE INDEX coordinator_unit_id ON coordinator (unit_id);

-- another number whenever a unit or posting changes: what each process keeps its copy by. Random, so that a number
-- seen in a transaction that was undone never comes back for something else.
CREATE TABLE people_edition (
    id INTEGER PRIMARY KEY,
    no INTEGER NOT NULL
) STRICT;
INSERT INTO people_edition (id, no) VALUES (1, 0);

CREATE TRIGGER unit_edition_insert AFTER INSERT ON unit
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;

CREATE TRIGGER unit_edition_update AFTER UPDATE ON unit
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;

CREATE TRIGGER unit_edition_delete AFTER DELETE ON unit
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;

CREATE TRIGGER posting_edition_insert AFTER INSERT ON posting
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;

CREATE TRIGGER posting_edition_update AFTER UPDATE ON posting
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;

CREATE TRIGGER posting_edition_delete AFTER DELETE ON posting
BEGIN
    UPDATE people_edition SET no = random() WHERE id = 1;
END;
