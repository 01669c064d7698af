-- what was done for somebody absent and not yet seen by him or her: asked on every visit to the approvals
CREATE INDEX approval_step_absent_id ON approval_step (absent_id) WHERE seen_later_at IS NULL AND absent_id IS NOT NULL;
-- when the last mail came by each way
CREATE INDEX incoming_source_received_at ON incoming (source, received_at);
