DROP FUNCTION trail_link_no_truncate CASCADE;
DROP FUNCTION trail_no_truncate CASCADE;
DROP FUNCTION trail_link_no_delete CASCADE;
DROP FUNCTION trail_link_no_update CASCADE;
DROP FUNCTION trail_no_delete CASCADE;
DROP FUNCTION trail_no_update CASCADE;
DROP TABLE trail_check;
DROP TABLE trail_link;
DROP TABLE trail;
