-- Who called a run, where and for what, is said once; only a run that is open calls others.
CREATE FUNCTION keep_call() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (
      SELECT FROM run WHERE id = NEW.called_by AND mode = NEW.mode
        AND state IN ('running', 'suspended', 'incident')) THEN
      PERFORM refuse('XJ080', 'only an open run of the same mode calls another one',
                     jsonb_build_object('caller', NEW.called_by));
    END IF;
  ELSIF (NEW.called_by, NEW.call_path, NEW.called_line)
        IS DISTINCT FROM (OLD.called_by, OLD.call_path, OLD.called_line) THEN
    PERFORM refuse('XJ007', 'who called a run is said once', jsonb_build_object('table', 'run', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_call_made BEFORE INSERT ON run FOR EACH ROW
WHEN (NEW.called_by IS NOT NULL) EXECUTE FUNCTION keep_call();
CREATE TRIGGER keep_call BEFORE UPDATE OF called_by, call_path, called_line ON run
FOR EACH ROW EXECUTE FUNCTION keep_call();

-- Segregation never relaxes: what keeps two runs apart is only ever added.
CREATE TRIGGER keep_row BEFORE DELETE OR TRUNCATE ON run_separation FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
GRANT SELECT, INSERT ON run_separation TO xunji_app;
