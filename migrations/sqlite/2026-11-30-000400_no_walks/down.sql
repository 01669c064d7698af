DROP INDEX incoming_source_received_at;
DROP INDEX approval_step_absent_id;
