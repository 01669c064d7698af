ALTER TABLE consultation ADD COLUMN contact_place TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_phone TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_fax TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN contact_email TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN eligibility TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN eligibility_note TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN sender_fields TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN result_note TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN publish_full BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE consultation ADD COLUMN count_unit TEXT NOT NULL DEFAULT 'item' CHECK (count_unit IN ('submission', 'item'));

UPDATE consultation SET
    contact_place = contact::json ->> 'place',
    contact_phone = contact::json ->> 'phone',
    contact_fax = contact::json ->> 'fax',
    contact_email = contact::json ->> 'email',
    eligibility = (SELECT COALESCE(string_agg(code, ',' ORDER BY no), '') FROM json_array_elements_text(senders::json -> 'invited') WITH ORDINALITY AS invited (code, no)),
    eligibility_note = senders::json ->> 'note',
    sender_fields = senders::json ->> 'asked',
    result_note = result_terms::json ->> 'note',
    publish_full = (result_terms::json ->> 'publish_full')::boolean,
    count_unit = result_terms::json ->> 'count_unit';

ALTER TABLE consultation DROP COLUMN result_terms;
ALTER TABLE consultation DROP COLUMN senders;
ALTER TABLE consultation DROP COLUMN contact;
