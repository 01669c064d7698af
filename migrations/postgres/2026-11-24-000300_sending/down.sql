DROP TABLE party_mark;
DROP TABLE mail_freeze;
DROP TABLE mail_return;
DROP TABLE mail_automatic;
DROP TABLE mail_stop;
