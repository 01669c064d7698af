DROP TRIGGER consultation_result;
CREATE TRIGGER consultation_result BEFORE UPDATE ON consultation
WHEN NEW.state = 'result_published' AND OLD.state <> 'result_published' AND NEW.decision IS NULL
BEGIN
    SELECT RAISE(ABORT, 'a result says what the city decided');
END;
DROP TABLE result_telling;
DROP TABLE result_notice;
DROP TABLE result_release;
DROP TABLE result_item;
DROP TABLE result_group;
DROP TABLE result_view;
DROP TABLE result_version;
DROP TABLE result_mask;
DROP TABLE result_promise;
DROP TABLE result_change;
DROP TABLE result_draft;
