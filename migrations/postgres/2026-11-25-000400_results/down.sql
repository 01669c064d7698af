CREATE OR REPLACE FUNCTION consultation_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'result_published' AND OLD.state <> 'result_published' AND NEW.decision IS NULL THEN
        RAISE EXCEPTION 'a result says what the city decided';
    END IF;
    RETURN NEW;
END $$;
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
DROP FUNCTION result_version_no_update();
DROP FUNCTION result_version_no_delete();
DROP FUNCTION result_view_no_update();
DROP FUNCTION result_view_no_delete();
DROP FUNCTION result_group_no_update();
DROP FUNCTION result_group_no_delete();
DROP FUNCTION result_item_no_update();
DROP FUNCTION result_item_no_delete();
DROP FUNCTION result_release_no_update();
DROP FUNCTION result_release_no_delete();
DROP FUNCTION result_notice_no_update();
DROP FUNCTION result_notice_no_delete();
DROP FUNCTION result_view_closed();
DROP FUNCTION result_group_closed();
DROP FUNCTION result_item_closed();
DROP FUNCTION result_release_approved();
DROP FUNCTION result_mask_kept();
DROP FUNCTION result_mask_no_delete();
