DROP TABLE incoming_place;
DROP TABLE incoming;
DROP FUNCTION incoming_no_delete, incoming_sealed, incoming_stays, incoming_place_no_delete;
