DROP TABLE voice_terms;
DROP TABLE letter_terms;
DROP TABLE job;
