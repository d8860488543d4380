-- Inboxes and run pages that are open hear of a change when it commits; they then ask for what they may see.
CREATE FUNCTION tell_task() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('xunji_tasks', json_build_object(
    'run_id', NEW.run_id, 'task_id', NEW.id, 'post_id', NEW.post_id, 'site_id', NEW.site_id)::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER tell_task AFTER INSERT OR UPDATE ON task FOR EACH ROW EXECUTE FUNCTION tell_task();

CREATE FUNCTION tell_run() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('xunji_runs', json_build_object(
    'run_id', NEW.id, 'state', NEW.state, 'site_id', NEW.site_id)::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER tell_run AFTER INSERT OR UPDATE ON run FOR EACH ROW EXECUTE FUNCTION tell_run();
