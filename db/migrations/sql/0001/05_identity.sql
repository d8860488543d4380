-- What identifies a batch or a serial never changes: traces of years stand on it.
CREATE FUNCTION keep_batch() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.material_id, NEW.manufacturer_id, NEW.number)
     IS DISTINCT FROM (OLD.id, OLD.material_id, OLD.manufacturer_id, OLD.number)
     OR (NEW.produced_on, NEW.expires_on) IS DISTINCT FROM (OLD.produced_on, OLD.expires_on) THEN
    PERFORM refuse('XJ007', 'the identity of a batch never changes', jsonb_build_object('table', 'batch', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_batch BEFORE UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION keep_batch();

CREATE FUNCTION keep_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse('XJ007', 'a row of ' || TG_TABLE_NAME || ' never changes', jsonb_build_object('table', TG_TABLE_NAME));
  RETURN NULL;
END
$$;

CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE OR TRUNCATE ON serial FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE OR TRUNCATE ON line_set FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE OR TRUNCATE ON line FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep_batch_row BEFORE DELETE OR TRUNCATE ON batch FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- A hold meets the issues in flight on the batch row: the update waits for their FOR SHARE, and an issue that
-- comes later waits for it, whatever its isolation level.
CREATE FUNCTION seal_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE batch SET holds_opened = holds_opened + 1 WHERE id = NEW.batch_id;
  RETURN NEW;
END
$$;

CREATE TRIGGER seal_batch BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION seal_batch();

-- A hold is opened, then closed once; nothing else about it changes.
CREATE FUNCTION keep_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL
     OR (to_jsonb(NEW) - '{closed_by_run,closed_by,closed_at,closed_reason}'::text[])
     IS DISTINCT FROM (to_jsonb(OLD) - '{closed_by_run,closed_by,closed_at,closed_reason}'::text[]) THEN
    PERFORM refuse('XJ007', 'a hold is only ever closed, once', jsonb_build_object('table', 'hold', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_hold BEFORE UPDATE ON hold FOR EACH ROW EXECUTE FUNCTION keep_hold();
CREATE TRIGGER keep_hold_row BEFORE DELETE OR TRUNCATE ON hold FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
