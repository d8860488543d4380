-- What people do with a task besides answering it: who has lent it to whom until when, who was added to sign, when it was
-- last reminded of, and the submission that takes it back together with the completion before it.
ALTER TABLE task ADD COLUMN delegated_by_id UUID;
ALTER TABLE task ADD COLUMN delegated_until TIMESTAMP WITH TIME ZONE;
ALTER TABLE task ADD COLUMN added_rules JSONB DEFAULT '[]' NOT NULL;
ALTER TABLE task ADD COLUMN reminded_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE task ADD COLUMN recalled_by UUID;
ALTER TABLE task ADD CONSTRAINT ck_task_delegated CHECK ((delegated_by_id IS NULL) = (delegated_until IS NULL));
ALTER TABLE task ADD CONSTRAINT ck_task_delegate CHECK (delegated_by_id <> assignee_id);
ALTER TABLE task ADD CONSTRAINT ck_task_added_rules CHECK (jsonb_typeof(added_rules) = 'array');
ALTER TABLE task ADD CONSTRAINT fk_task_delegated_by_id FOREIGN KEY (delegated_by_id) REFERENCES person (id);
CREATE INDEX ix_task_delegated_by_id ON task (delegated_by_id);

-- Keys of machines end.
ALTER TABLE api_key ADD COLUMN revoked_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE api_key ADD COLUMN revoked_by_id UUID;
ALTER TABLE api_key ADD CONSTRAINT ck_api_key_revoked CHECK ((revoked_at IS NULL) = active);
ALTER TABLE api_key ADD CONSTRAINT fk_api_key_revoked_by_id FOREIGN KEY (revoked_by_id) REFERENCES person (id);
CREATE INDEX ix_api_key_revoked_by_id ON api_key (revoked_by_id);

-- An advance also gives a delegated task back: one more kind behind those that there are.
DO $$
DECLARE kinds TEXT;
BEGIN
  SELECT string_agg(quote_literal(found.kind[1]), ', ' ORDER BY found.n) INTO kinds
  FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g')
    WITH ORDINALITY AS found(kind, n)
  WHERE c.conname = 'ck_effect_kind' AND c.conrelid = 'effect'::regclass;
  ALTER TABLE effect DROP CONSTRAINT ck_effect_kind;
  EXECUTE format('ALTER TABLE effect ADD CONSTRAINT ck_effect_kind CHECK (kind IN (%s, ''return''))', kinds);
END
$$;
