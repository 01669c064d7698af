-- work that citizens do not wait for; search terms are found by letter.indexed_at
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    run_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    last_error TEXT,
    claimed_at TEXT,
    done_at TEXT
) STRICT;
CREATE INDEX job_state_run_at_id ON job (state, run_at, id);

CREATE VIRTUAL TABLE letter_terms USING fts5(t, content='', contentless_delete=1, tokenize='ascii');
