-- A key that was revoked is never in force again.
CREATE FUNCTION keep_revoked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT OLD.active AND (NEW.active OR NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
    RAISE EXCEPTION 'a revoked key stays revoked' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_revoked BEFORE UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION keep_revoked();

-- A performer stays one: both names of a delegation count, whatever becomes of it.
CREATE FUNCTION keep_performer() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'who performed a task is never changed' USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER keep_performer BEFORE UPDATE OR DELETE ON task_performer
FOR EACH ROW EXECUTE FUNCTION keep_performer();
