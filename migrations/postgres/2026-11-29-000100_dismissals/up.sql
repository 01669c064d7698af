-- That a text is no copy of another is an act of sorting, with its way back.
ALTER TABLE sorting_act DROP CONSTRAINT sorting_act_kind_check;
ALTER TABLE sorting_act ADD CONSTRAINT sorting_act_kind_check CHECK (kind IN ('merge', 'split', 'move', 'withhold', 'bring_back', 'tie', 'gist', 'settle', 'chapter', 'cut', 'dismiss', 'set_aside', 'count_again', 'undo'));

-- the act that said so: while that is taken back, the two may be one again; none said it before there were such acts
ALTER TABLE likeness_dismissal ADD COLUMN act_id BIGINT REFERENCES sorting_act (id);
CREATE INDEX likeness_dismissal_act_id ON likeness_dismissal (act_id) WHERE act_id IS NOT NULL;
