DROP TABLE letter_terms;
DROP TABLE job;
