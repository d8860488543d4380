-- A run may have been called by another one: at a path of it, for a line of a line set or for none.
ALTER TABLE run
  ADD COLUMN called_by UUID,
  ADD COLUMN call_path TEXT,
  ADD COLUMN called_line INTEGER,
  ADD COLUMN awaited BOOLEAN DEFAULT false NOT NULL,
  ADD COLUMN held_by_caller BOOLEAN DEFAULT false NOT NULL,
  ADD COLUMN reported_at TIMESTAMP WITH TIME ZONE,
  ADD CONSTRAINT fk_run_called_by FOREIGN KEY (called_by) REFERENCES run (id),
  ADD CONSTRAINT ck_run_call CHECK (
    (called_by IS NULL) = (call_path IS NULL)
    AND (called_by IS NOT NULL OR (called_line IS NULL AND NOT awaited AND reported_at IS NULL)));
CREATE UNIQUE INDEX uq_run_call ON run (called_by, call_path, called_line) NULLS NOT DISTINCT
  WHERE called_by IS NOT NULL;
CREATE INDEX ix_run_called_open ON run (called_by, call_path)
  WHERE called_by IS NOT NULL AND state IN ('running', 'suspended', 'incident');
CREATE INDEX ix_run_unreported ON run (called_by, call_path)
  WHERE awaited AND reported_at IS NULL AND state NOT IN ('running', 'suspended', 'incident');

-- Whoever performed `step_id` of the other run performs nothing in this one, and the other way round. `line_scope` is
-- the path prefix in the other run where that holds, NULL for all of it.
CREATE TABLE run_separation (
  id UUID DEFAULT uuidv7() NOT NULL,
  run_id UUID NOT NULL,
  other_id UUID NOT NULL,
  step_id TEXT NOT NULL,
  line_scope TEXT,
  CONSTRAINT pk_run_separation PRIMARY KEY (id),
  CONSTRAINT uq_run_separation_run_id_other_id_step_id UNIQUE (run_id, other_id, step_id),
  CONSTRAINT ck_run_separation_other CHECK (run_id <> other_id),
  CONSTRAINT fk_run_separation_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_run_separation_other_id FOREIGN KEY (other_id) REFERENCES run (id)
);
CREATE INDEX ix_run_separation_other_id ON run_separation (other_id, step_id);

-- An advance also calls runs, asks how they stand and hands commands on: three more kinds behind those that there are.
DO $$
DECLARE kinds TEXT;
BEGIN
  SELECT string_agg(quote_literal(found.kind[1]), ', ' ORDER BY found.n) INTO kinds
  FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g')
    WITH ORDINALITY AS found(kind, n)
  WHERE c.conname = 'ck_effect_kind' AND c.conrelid = 'effect'::regclass;
  ALTER TABLE effect DROP CONSTRAINT ck_effect_kind;
  EXECUTE format('ALTER TABLE effect ADD CONSTRAINT ck_effect_kind CHECK (kind IN (%s, ''call'', ''call_read'', ''order''))', kinds);
END
$$;
