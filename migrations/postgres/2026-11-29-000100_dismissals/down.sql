DROP INDEX likeness_dismissal_act_id;
DELETE FROM likeness_dismissal WHERE act_id IN (SELECT id FROM sorting_act WHERE undone_by IS NOT NULL);
ALTER TABLE likeness_dismissal DROP COLUMN act_id;
ALTER TABLE sorting_act DROP CONSTRAINT sorting_act_kind_check;
ALTER TABLE sorting_act DISABLE TRIGGER sorting_act_sealed;
UPDATE sorting_act SET kind = 'settle' WHERE kind = 'dismiss';
ALTER TABLE sorting_act ENABLE TRIGGER sorting_act_sealed;
ALTER TABLE sorting_act ADD CONSTRAINT sorting_act_kind_check CHECK (kind IN ('merge', 'split', 'move', 'withhold', 'bring_back', 'tie', 'gist', 'settle', 'chapter', 'cut', 'set_aside', 'count_again', 'undo'));
