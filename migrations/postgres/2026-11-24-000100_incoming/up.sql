-- a mail as it came in: its octets are kept, sealed, before anything is understood of it
CREATE TABLE incoming (
    id TEXT PRIMARY KEY NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('lmtp', 'pipe', 'imap', 'import')),
    -- which mailbox, listener or folder of that source
    account TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    -- the Tokyo day of received_at: what the sums are made of
    received_on DATE NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 TEXT NOT NULL,
    -- sender and recipients of the envelope, sealed
    envelope BYTEA NOT NULL,
    -- sealed; a large mail lies in a sealed file instead
    raw BYTEA,
    in_file BOOLEAN NOT NULL,
    seal_key_id BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'letter', 'message', 'bounce', 'automatic', 'duplicate', 'spam', 'exception')),
    reason TEXT,
    attempts BIGINT NOT NULL,
    placed_at TIMESTAMP,
    -- the same mail twice has the same key: this column decides that it is one case
    content_key TEXT UNIQUE,
    -- keyed hashes of Message-ID and From, to find without opening
    message_mark TEXT,
    sender_mark TEXT,
    -- subject, sender, date and what was repaired, sealed
    summary BYTEA,
    summary_key_id BIGINT,
    letter_id BIGINT REFERENCES letter (id),
    exchange_id BIGINT UNIQUE REFERENCES exchange (id),
    -- the mail of ours that came back
    mail_id TEXT REFERENCES outbox (id),
    duplicate_of TEXT REFERENCES incoming (id),
    -- who wrote, seen from the letter it belongs to
    standing TEXT CHECK (standing IN ('sender', 'other', 'staff')),
    -- what a person should know: codes with commas between
    flags TEXT NOT NULL,
    spam_score DOUBLE PRECISION,
    status TEXT,
    hard BOOLEAN,
    settled_at TIMESTAMP,
    settled_by BIGINT REFERENCES staff (id),
    CHECK ((raw IS NULL) = in_file),
    CHECK ((summary IS NULL) = (summary_key_id IS NULL)),
    CHECK (state <> 'letter' OR letter_id IS NOT NULL),
    CHECK (state <> 'message' OR (letter_id IS NOT NULL AND exchange_id IS NOT NULL)),
    CHECK ((state = 'duplicate') = (duplicate_of IS NOT NULL)),
    CHECK (state NOT IN ('spam', 'exception') OR (reason IS NOT NULL AND letter_id IS NULL)),
    CHECK (state <> 'waiting' OR (letter_id IS NULL AND placed_at IS NULL)),
    CHECK (state = 'waiting' OR placed_at IS NOT NULL)
);
CREATE INDEX incoming_waiting ON incoming (attempts, id) WHERE state = 'waiting';
CREATE INDEX incoming_state_id ON incoming (state, id);
CREATE INDEX incoming_received_on_state ON incoming (received_on, state);
-- an import that is repeated finds what it brought before
CREATE INDEX incoming_sha256 ON incoming (sha256);
CREATE INDEX incoming_account_state ON incoming (account, state) WHERE source = 'import';
CREATE INDEX incoming_message_mark ON incoming (message_mark) WHERE message_mark IS NOT NULL;
CREATE INDEX incoming_sender_mark ON incoming (sender_mark) WHERE sender_mark IS NOT NULL;
CREATE INDEX incoming_letter_id ON incoming (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX incoming_duplicate_of ON incoming (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX incoming_mail_id ON incoming (mail_id) WHERE mail_id IS NOT NULL;

-- where a mail lay in a mailbox on a server: fetched once, whatever happens to flags there
CREATE TABLE incoming_place (
    account TEXT NOT NULL,
    folder TEXT NOT NULL,
    uidvalidity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    incoming_id TEXT NOT NULL REFERENCES incoming (id),
    PRIMARY KEY (account, folder, uidvalidity, uid)
);

CREATE FUNCTION incoming_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a mail that came in is never deleted';
END $$;
CREATE TRIGGER incoming_no_delete BEFORE DELETE ON incoming FOR EACH ROW EXECUTE FUNCTION incoming_no_delete();

CREATE FUNCTION incoming_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.source <> OLD.source OR NEW.account <> OLD.account OR NEW.received_at <> OLD.received_at OR NEW.received_on <> OLD.received_on OR NEW.size <> OLD.size OR NEW.sha256 <> OLD.sha256 OR NEW.in_file <> OLD.in_file OR (NEW.seal_key_id = OLD.seal_key_id AND (NEW.raw IS DISTINCT FROM OLD.raw OR NEW.envelope <> OLD.envelope)) THEN
        RAISE EXCEPTION 'a mail that came in is never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incoming_sealed BEFORE UPDATE ON incoming FOR EACH ROW EXECUTE FUNCTION incoming_sealed();

CREATE FUNCTION incoming_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('letter', 'message', 'duplicate') AND (NEW.state <> OLD.state OR NEW.letter_id IS DISTINCT FROM OLD.letter_id OR NEW.exchange_id IS DISTINCT FROM OLD.exchange_id OR NEW.duplicate_of IS DISTINCT FROM OLD.duplicate_of) THEN
        RAISE EXCEPTION 'a mail that became a letter or part of one stays there';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incoming_stays BEFORE UPDATE ON incoming FOR EACH ROW EXECUTE FUNCTION incoming_stays();

CREATE FUNCTION incoming_place_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'where a mail lay is never forgotten';
END $$;
CREATE TRIGGER incoming_place_no_delete BEFORE DELETE ON incoming_place FOR EACH ROW EXECUTE FUNCTION incoming_place_no_delete();
