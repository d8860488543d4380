-- A document that says it was loaded comes in while the owner's loading window is open, and lies in the past;
-- whether it was loaded never changes afterwards.
CREATE FUNCTION time_document() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM refuse('XJ007', 'whether a document was loaded never changes',
                   jsonb_build_object('table', 'document', 'id', OLD.id));
  ELSIF NOT coalesce((SELECT loading_until > clock_timestamp() FROM clock_setting), false) THEN
    PERFORM refuse('XJ011', 'history is loaded only while the loading window is open');
  ELSIF NEW.occurred_at > clock_now() THEN
    PERFORM refuse('XJ011', 'loaded history lies in the past');
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER at_its_time BEFORE INSERT ON document
FOR EACH ROW WHEN (NEW.loaded) EXECUTE FUNCTION time_document();
CREATE TRIGGER keep_loaded BEFORE UPDATE OF loaded ON document
FOR EACH ROW WHEN (NEW.loaded IS DISTINCT FROM OLD.loaded) EXECUTE FUNCTION time_document();

-- A hold opens and closes now, by the database's clock. One of loaded history is over: it comes with both of
-- its instants, so that it never stops a batch that is in use.
CREATE FUNCTION time_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    NEW.closed_at := clock_now();
  ELSIF NOT NEW.loaded THEN
    NEW.opened_at := clock_now();
    NEW.closed_at := CASE WHEN NEW.closed_at IS NOT NULL THEN NEW.opened_at END;
  ELSIF NOT coalesce((SELECT loading_until > clock_timestamp() FROM clock_setting), false) THEN
    PERFORM refuse('XJ011', 'history is loaded only while the loading window is open');
  ELSIF NEW.closed_at IS NULL OR NEW.closed_at < NEW.opened_at OR NEW.closed_at > clock_now() THEN
    PERFORM refuse('XJ011', 'a hold of loaded history is over, in the past');
  END IF;
  RETURN NEW;
END
$$;

-- Named so that they come before the others: triggers fire in the order of their names.
CREATE TRIGGER at_its_time BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION time_hold();
CREATE TRIGGER at_its_time_closed BEFORE UPDATE OF closed_at ON hold
FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION time_hold();
