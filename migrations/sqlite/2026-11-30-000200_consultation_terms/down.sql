ALTER TABLE consultation ADD COLUMN contact_place TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_phone TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_fax TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_email TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN eligibility TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN eligibility_note TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN sender_fields TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN result_note TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN publish_full INTEGER NOT NULL DEFAULT 0 CHECK (publish_full IN (0, 1));
ALTER TABLE consultation ADD COLUMN count_unit TEXT NOT NULL DEFAULT 'item' CHECK (count_unit IN ('submission', 'item'));

UPDATE consultation SET
    contact_place = json_extract(contact, '$.place'),
    contact_phone = json_extract(contact, '$.phone'),
    contact_fax = json_extract(contact, '$.fax'),
    contact_email = json_extract(contact, '$.email'),
    eligibility = (SELECT COALESCE(group_concat(value, ','), '') FROM json_each(senders, '$.invited')),
    eligibility_note = json_extract(senders, '$.note'),
    sender_fields = json_extract(senders, '$.asked'),
    result_note = json_extract(result_terms, '$.note'),
    publish_full = json_extract(result_terms, '$.publish_full'),
    count_unit = json_extract(result_terms, '$.count_unit');

ALTER TABLE consultation DROP COLUMN result_terms;
ALTER TABLE consultation DROP COLUMN senders;
ALTER TABLE consultation DROP COLUMN contact;
