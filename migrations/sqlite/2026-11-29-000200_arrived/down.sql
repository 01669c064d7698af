DROP INDEX submission_consultation_id_received_on_state;
DROP INDEX submission_consultation_id_channel_state;
DROP TABLE submission_terms;
DROP INDEX submission_unindexed;
ALTER TABLE submission DROP COLUMN indexed_at;
