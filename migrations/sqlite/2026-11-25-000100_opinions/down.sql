DROP TRIGGER city_view_no_delete;
DROP TRIGGER opinion_group_merged;
DROP TRIGGER opinion_group_no_delete;
DROP TRIGGER opinion_item_moves;
DROP TRIGGER opinion_item_own_group;
DROP TRIGGER opinion_item_sealed;
DROP TRIGGER opinion_item_no_delete;
-- approval and its class stay wide: a check cannot be narrowed, and nothing is left in them that was not before
PRAGMA defer_foreign_keys = ON;
DROP INDEX submission_unitemised;
ALTER TABLE submission DROP COLUMN itemised_at;
DROP TABLE opinion_item;
DROP TABLE opinion_group;
DROP TABLE city_view;
DROP TABLE answer_chapter;
