DROP TABLE incoming_place;
DROP TABLE incoming;
