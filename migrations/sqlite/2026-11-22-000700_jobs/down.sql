DROP TABLE letter_seal_progress;
DROP TABLE letter_seal;
DROP TABLE digest_sent;
DROP TABLE voice_terms;
DROP TABLE letter_terms;
DROP TABLE job;
