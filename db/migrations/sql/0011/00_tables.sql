-- Master data that a count needs: the value of one base unit (CNY, a decimal string) and the counting class.
ALTER TABLE material ADD COLUMN unit_value TEXT;
ALTER TABLE material ADD COLUMN abc_class TEXT;
ALTER TABLE material ADD CONSTRAINT ck_material_unit_value CHECK (unit_value ~ '^[0-9]{1,12}(\.[0-9]{1,4})?$');
ALTER TABLE material ADD CONSTRAINT ck_material_abc_class CHECK (abc_class IN ('A', 'B', 'C'));

-- What somebody found beside the lines of a work list, numbered after them.
CREATE TABLE added_line (
  id UUID DEFAULT uuidv7() NOT NULL,
  task_id UUID NOT NULL,
  line_set_id UUID NOT NULL,
  line_no INTEGER NOT NULL,
  key TEXT NOT NULL,
  data JSONB NOT NULL,
  answer JSONB NOT NULL,
  actor_id UUID NOT NULL,
  epoch INTEGER NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  supersedes_id UUID,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_added_line PRIMARY KEY (id),
  CONSTRAINT ck_added_line_line_no CHECK (line_no > 0),
  CONSTRAINT uq_added_line_supersedes_id UNIQUE (supersedes_id),
  CONSTRAINT fk_added_line_task_id FOREIGN KEY (task_id) REFERENCES task (id),
  CONSTRAINT fk_added_line_line_set_id FOREIGN KEY (line_set_id) REFERENCES line_set (id),
  CONSTRAINT fk_added_line_actor_id FOREIGN KEY (actor_id) REFERENCES person (id),
  CONSTRAINT fk_added_line_supersedes_id FOREIGN KEY (supersedes_id) REFERENCES added_line (id)
);
CREATE INDEX ix_added_line_task_id ON added_line (task_id);
CREATE INDEX ix_added_line_line_set_id ON added_line (line_set_id);
CREATE INDEX ix_added_line_actor_id ON added_line (actor_id);
CREATE UNIQUE INDEX uq_added_line_number ON added_line (task_id, line_no) WHERE supersedes_id IS NULL;
CREATE UNIQUE INDEX uq_added_line_key ON added_line (task_id, key) WHERE supersedes_id IS NULL;

-- Blind lists are found among all tasks: they hide what others found.
CREATE INDEX ix_task_blind ON task (run_id) WHERE content -> 'lines' -> 'blind' IS NOT NULL;
