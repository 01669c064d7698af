DROP TRIGGER trail_link_no_delete;
DROP TRIGGER trail_link_no_update;
DROP TRIGGER trail_no_delete;
DROP TRIGGER trail_no_update;
DROP TABLE trail_check;
DROP TABLE trail_link;
DROP TABLE trail;
