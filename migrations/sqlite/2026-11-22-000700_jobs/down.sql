DROP TABLE letter_seal_progress;
DROP TABLE letter_seal;
DROP TABLE digest_sent;
DROP TABLE letter_terms;
