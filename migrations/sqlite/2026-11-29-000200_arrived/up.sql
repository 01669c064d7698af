-- what opinions are found by; made after they were accepted
ALTER TABLE submission ADD COLUMN indexed_at TEXT;
CREATE INDEX submission_unindexed ON submission (id) WHERE indexed_at IS NULL;
CREATE VIRTUAL TABLE submission_terms USING fts5(t, content='', contentless_delete=1, tokenize='ascii');

-- the list of what came in, by way and by day, each with the counts of its states
CREATE INDEX submission_consultation_id_channel_state ON submission (consultation_id, channel, state, id);
CREATE INDEX submission_consultation_id_received_on_state ON submission (consultation_id, received_on, state, id);
