-- addresses that get nothing by itself any more, by keyed hash
CREATE TABLE mail_stop (
    mark TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('bounced', 'asked', 'disowned')),
    outbox_id TEXT REFERENCES outbox (id),
    at TEXT NOT NULL
) STRICT;

-- what the house wrote without a person, to be counted: the hard stop of loops
CREATE TABLE mail_automatic (
    outbox_id TEXT PRIMARY KEY NOT NULL REFERENCES outbox (id),
    occasion TEXT NOT NULL CHECK (occasion IN ('form', 'mail')),
    -- keyed hashes of the address without its detail, and of its domain
    address_mark TEXT NOT NULL,
    domain_mark TEXT NOT NULL,
    letter_id INTEGER REFERENCES letter (id),
    at TEXT NOT NULL
) STRICT;
CREATE INDEX mail_automatic_address ON mail_automatic (address_mark, at);
CREATE INDEX mail_automatic_domain ON mail_automatic (domain_mark, at);
CREATE INDEX mail_automatic_letter_id ON mail_automatic (letter_id);

-- what came back about a mail
CREATE TABLE mail_return (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outbox_id TEXT NOT NULL REFERENCES outbox (id),
    kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'delayed', 'asked', 'disowned', 'confirmed')),
    -- 5.1.1
    status TEXT,
    -- the other server's words, without addresses
    said TEXT NOT NULL,
    at TEXT NOT NULL,
    settled_at TEXT
) STRICT;
CREATE INDEX mail_return_outbox_id ON mail_return (outbox_id);
CREATE INDEX mail_return_open ON mail_return (kind, settled_at);

-- letters that get no automatic mail because somebody's machine answers ours
CREATE TABLE mail_freeze (
    letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
    reason TEXT NOT NULL CHECK (reason IN ('subject', 'machine_mails')),
    at TEXT NOT NULL
) STRICT;

-- a keyed hash over all that a sender told: what an approval binds the receiver by
CREATE TABLE party_mark (
    party_id TEXT PRIMARY KEY NOT NULL REFERENCES party (id),
    whole TEXT NOT NULL
) STRICT;
