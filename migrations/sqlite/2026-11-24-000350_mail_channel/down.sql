DROP TABLE mail_channel;
