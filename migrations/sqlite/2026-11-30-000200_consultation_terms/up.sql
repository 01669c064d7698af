-- What is read and written together is one value: a JSON object in one column. The program checks it whenever it reads it;
-- '{}' is none and cannot be read. count_incomplete stays apart, for queries ask for it.
ALTER TABLE consultation ADD COLUMN contact TEXT NOT NULL DEFAULT '{}';
-- who is invited, and what is asked of them: each sender field as required, asked or left out
ALTER TABLE consultation ADD COLUMN senders TEXT NOT NULL DEFAULT '{}';
-- how opinions are handled, counted and shown: as masked full texts, or as the gist of each group
ALTER TABLE consultation ADD COLUMN result_terms TEXT NOT NULL DEFAULT '{}';

UPDATE consultation SET
    contact = json_object('place', contact_place, 'phone', contact_phone, 'fax', contact_fax, 'email', contact_email),
    senders = json_object(
        'invited', json(CASE eligibility WHEN '' THEN '[]' ELSE '["' || replace(eligibility, ',', '","') || '"]' END),
        'note', eligibility_note,
        -- an empty text was read as this
        'asked', json(CASE sender_fields WHEN '' THEN '{"name":"required","address":"required","contact":"asked","relation":"asked"}' ELSE sender_fields END)),
    result_terms = json_object(
        'note', result_note,
        'publish_full', json(CASE publish_full WHEN 1 THEN 'true' ELSE 'false' END),
        'count_unit', count_unit);

ALTER TABLE consultation DROP COLUMN contact_place;
ALTER TABLE consultation DROP COLUMN contact_phone;
ALTER TABLE consultation DROP COLUMN contact_fax;
ALTER TABLE consultation DROP COLUMN contact_email;
ALTER TABLE consultation DROP COLUMN eligibility;
ALTER TABLE consultation DROP COLUMN eligibility_note;
ALTER TABLE consultation DROP COLUMN sender_fields;
ALTER TABLE consultation DROP COLUMN result_note;
ALTER TABLE consultation DROP COLUMN publish_full;
ALTER TABLE consultation DROP COLUMN count_unit;
