DROP INDEX letter_unchecked;
