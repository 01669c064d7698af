-- what opinions are found by; made after they were accepted
ALTER TABLE submission ADD COLUMN indexed_at TIMESTAMP;
CREATE INDEX submission_unindexed ON submission (id) WHERE indexed_at IS NULL;
CREATE TABLE submission_terms (submission_id BIGINT PRIMARY KEY, t tsvector NOT NULL);
CREATE INDEX submission_terms_t ON submission_terms USING gin (t);
ALTER TABLE submission_terms ALTER t SET STATISTICS 1000;

-- the list of what came in, by way and by day, each with the counts of its states
CREATE INDEX submission_consultation_id_channel_state ON submission (consultation_id, channel, state, id);
CREATE INDEX submission_consultation_id_received_on_state ON submission (consultation_id, received_on, state, id);
