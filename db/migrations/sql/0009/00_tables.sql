-- External events as they were sent. `sites` are those whose runs the sender may reach, NULL for all.
CREATE TABLE signal (
  id UUID DEFAULT uuidv7() NOT NULL,
  name TEXT NOT NULL,
  correlation_key TEXT NOT NULL,
  data JSONB DEFAULT '{}' NOT NULL,
  data_sha256 CHAR(64) NOT NULL,
  sites UUID[],
  actor_id UUID NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_signal PRIMARY KEY (id),
  CONSTRAINT ck_signal_data_sha256 CHECK (data_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_signal_correlation_key CHECK (correlation_key <> '' AND length(correlation_key) <= 200),
  CONSTRAINT fk_signal_actor_id FOREIGN KEY (actor_id) REFERENCES person (id)
);
CREATE INDEX ix_signal_actor_id ON signal (actor_id);
CREATE INDEX ix_signal_sent ON signal (name, correlation_key, recorded_at);

-- A step that waits for an event: `matched` while the event is on its way to the run, `taken` when it has gone on.
CREATE TABLE signal_wait (
  id UUID DEFAULT uuidv7() NOT NULL,
  run_id UUID NOT NULL,
  path TEXT NOT NULL,
  step_id TEXT NOT NULL,
  name TEXT NOT NULL,
  correlation_key TEXT NOT NULL,
  site_id UUID NOT NULL,
  began_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  signal_id UUID,
  submission_id UUID,
  closed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_signal_wait PRIMARY KEY (id),
  CONSTRAINT uq_signal_wait_run_id_path UNIQUE (run_id, path),
  CONSTRAINT ck_signal_wait_state CHECK (state IN ('waiting', 'matched', 'taken', 'over')),
  CONSTRAINT ck_signal_wait_signal CHECK (state NOT IN ('matched', 'taken') OR signal_id IS NOT NULL),
  CONSTRAINT ck_signal_wait_closed CHECK ((closed_at IS NOT NULL) = (state IN ('taken', 'over'))),
  CONSTRAINT fk_signal_wait_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_signal_wait_site_id FOREIGN KEY (site_id) REFERENCES site (id),
  CONSTRAINT fk_signal_wait_signal_id FOREIGN KEY (signal_id) REFERENCES signal (id),
  CONSTRAINT fk_signal_wait_submission_id FOREIGN KEY (submission_id) REFERENCES submission (id)
);
CREATE INDEX ix_signal_wait_site_id ON signal_wait (site_id);
CREATE INDEX ix_signal_wait_signal_id ON signal_wait (signal_id);
CREATE INDEX ix_signal_wait_submission_id ON signal_wait (submission_id);
CREATE INDEX ix_signal_wait_waiting ON signal_wait (name, correlation_key) WHERE state = 'waiting';
CREATE UNIQUE INDEX uq_signal_wait_once ON signal_wait (run_id, signal_id) WHERE state IN ('matched', 'taken');

-- Schedules start procedures. `calendar` is {times: ["02:00"], weekdays: [1..7], days: [1..28]} in the site's time zone.
CREATE TABLE schedule (
  id UUID DEFAULT uuidv7() NOT NULL,
  name TEXT NOT NULL,
  sop_id UUID NOT NULL,
  site_id UUID NOT NULL,
  inputs JSONB DEFAULT '{}' NOT NULL,
  calendar JSONB NOT NULL,
  active BOOLEAN DEFAULT true NOT NULL,
  made_by UUID NOT NULL,
  reason TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  changed_by UUID NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_schedule PRIMARY KEY (id),
  CONSTRAINT uq_schedule_site_id_name UNIQUE (site_id, name),
  CONSTRAINT fk_schedule_sop_id FOREIGN KEY (sop_id) REFERENCES sop (id),
  CONSTRAINT fk_schedule_site_id FOREIGN KEY (site_id) REFERENCES site (id),
  CONSTRAINT fk_schedule_made_by FOREIGN KEY (made_by) REFERENCES person (id),
  CONSTRAINT fk_schedule_changed_by FOREIGN KEY (changed_by) REFERENCES person (id)
);
CREATE INDEX ix_schedule_sop_id ON schedule (sop_id);
CREATE INDEX ix_schedule_made_by ON schedule (made_by);
CREATE INDEX ix_schedule_changed_by ON schedule (changed_by);

-- One row for each time that a schedule came due; `run_id` is chosen before the run is made, so that a second
-- delivery starts the same run.
CREATE TABLE schedule_firing (
  id UUID DEFAULT uuidv7() NOT NULL,
  schedule_id UUID NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  run_id UUID NOT NULL,
  state TEXT DEFAULT 'begun' NOT NULL,
  code TEXT,
  message_zh TEXT DEFAULT '' NOT NULL,
  message_en TEXT DEFAULT '' NOT NULL,
  fired_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_schedule_firing PRIMARY KEY (id),
  CONSTRAINT uq_schedule_firing_schedule_id_due_at UNIQUE (schedule_id, due_at),
  CONSTRAINT uq_schedule_firing_run_id UNIQUE (run_id),
  CONSTRAINT ck_schedule_firing_state CHECK (state IN ('begun', 'started', 'skipped', 'refused')),
  CONSTRAINT fk_schedule_firing_schedule_id FOREIGN KEY (schedule_id) REFERENCES schedule (id)
);

-- Who starts what is scheduled: a machine without a key. Nobody can log in as it.
INSERT INTO person (id, username, name, kind)
VALUES ('00000000-0000-7000-8000-000000000009', 'system.scheduler', '定时计划 / Scheduler', 'machine');

-- An advance also begins and ends waits: two more kinds behind those that there are.
DO $$
DECLARE kinds TEXT;
BEGIN
  SELECT string_agg(quote_literal(found.kind[1]), ', ' ORDER BY found.n) INTO kinds
  FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g')
    WITH ORDINALITY AS found(kind, n)
  WHERE c.conname = 'ck_effect_kind' AND c.conrelid = 'effect'::regclass;
  ALTER TABLE effect DROP CONSTRAINT ck_effect_kind;
  EXECUTE format('ALTER TABLE effect ADD CONSTRAINT ck_effect_kind CHECK (kind IN (%s, ''wait'', ''wait_over''))', kinds);
END
$$;
