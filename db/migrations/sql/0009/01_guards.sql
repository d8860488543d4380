-- An event is evidence: stamped by the database, never changed.
CREATE FUNCTION signal_hash_v1(r signal) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"correlation_key":', to_json(r.correlation_key::text)::text,
    ',"data":', canonical_json(r.data),
    ',"data_sha256":', to_json(r.data_sha256::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"name":', to_json(r.name::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"sites":', coalesce(canonical_json(to_jsonb(r.sites)), 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"signal"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_signal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := signal_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON signal FOR EACH ROW EXECUTE FUNCTION stamp_signal();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON signal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE signal ENABLE ALWAYS TRIGGER refuse_change;

-- A wait gets the event that it was waiting for, at a site that the sender may reach, and no other one.
CREATE FUNCTION check_signal_wait() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.signal_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM signal s
    WHERE s.id = NEW.signal_id AND s.name = NEW.name AND s.correlation_key = NEW.correlation_key
      AND (s.sites IS NULL OR NEW.site_id = ANY (s.sites))) THEN
    PERFORM refuse('XJ007', 'a wait takes the event that it waits for',
                   jsonb_build_object('table', 'signal_wait', 'id', NEW.id));
  END IF;
  IF TG_OP = 'UPDATE' AND (
    OLD.closed_at IS NOT NULL
    OR (OLD.state = 'matched' AND NEW.state = 'waiting')
    OR (OLD.signal_id IS NOT NULL AND NEW.signal_id IS DISTINCT FROM OLD.signal_id)
    OR (to_jsonb(NEW) - '{state,signal_id,submission_id,closed_at}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{state,signal_id,submission_id,closed_at}'::text[])) THEN
    PERFORM refuse('XJ007', 'a wait is matched once and closed once',
                   jsonb_build_object('table', 'signal_wait', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER check_signal_wait BEFORE INSERT OR UPDATE ON signal_wait
FOR EACH ROW EXECUTE FUNCTION check_signal_wait();
CREATE TRIGGER keep_row BEFORE DELETE OR TRUNCATE ON signal_wait FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- A firing has one end.
CREATE FUNCTION keep_firing() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'begun'
     OR (NEW.id, NEW.schedule_id, NEW.due_at, NEW.run_id)
     IS DISTINCT FROM (OLD.id, OLD.schedule_id, OLD.due_at, OLD.run_id) THEN
    PERFORM refuse('XJ007', 'what a schedule has started stays as it was',
                   jsonb_build_object('table', 'schedule_firing', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_firing BEFORE UPDATE ON schedule_firing FOR EACH ROW EXECUTE FUNCTION keep_firing();
CREATE TRIGGER keep_row BEFORE DELETE OR TRUNCATE ON schedule_firing
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

GRANT SELECT, INSERT ON signal TO xunji_app;
GRANT SELECT, INSERT, UPDATE ON schedule, schedule_firing, signal_wait TO xunji_app;
