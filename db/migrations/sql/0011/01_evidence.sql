-- An added line is evidence like a line result: stamped by the database, never changed.
CREATE FUNCTION added_line_hash_v1(r added_line) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"answer":', canonical_json(r.answer),
    ',"data":', canonical_json(r.data),
    ',"epoch":', r.epoch::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"key":', to_json(r.key::text)::text,
    ',"line_no":', r.line_no::text,
    ',"line_set_id":', to_json(r.line_set_id::text)::text,
    ',"occurred_at":', to_json(canonical_instant(r.occurred_at))::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"supersedes_id":', coalesce(to_json(r.supersedes_id::text)::text, 'null'),
    ',"task_id":', to_json(r.task_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"added_line"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_added_line() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := added_line_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON added_line FOR EACH ROW EXECUTE FUNCTION stamp_added_line();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON added_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE added_line ENABLE ALWAYS TRIGGER refuse_change;

-- An added line corrects one of the same task, number and goods; the first one stands where no line stood.
CREATE FUNCTION check_added_line() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.supersedes_id IS NULL THEN
    IF EXISTS (SELECT FROM line l WHERE l.line_set_id = NEW.line_set_id
               AND (l.key = NEW.key OR l.line_no = NEW.line_no)) THEN
      PERFORM refuse('XJ007', 'what stands on the list is not added to it',
                     jsonb_build_object('table', 'added_line', 'key', NEW.key));
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM added_line a
    WHERE a.id = NEW.supersedes_id AND a.task_id = NEW.task_id AND a.line_no = NEW.line_no AND a.key = NEW.key) THEN
    PERFORM refuse('XJ007', 'an added line corrects itself alone',
                   jsonb_build_object('table', 'added_line', 'id', NEW.supersedes_id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER check_added_line BEFORE INSERT ON added_line FOR EACH ROW EXECUTE FUNCTION check_added_line();

GRANT SELECT, INSERT ON added_line TO xunji_app;
