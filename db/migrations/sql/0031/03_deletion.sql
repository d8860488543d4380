-- Setting a hold and deleting take turns: a hold waits for what is being deleted, and nothing is deleted after it.
CREATE FUNCTION check_legal_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7260118);
  IF NEW.kind = 'lift' AND (
    NOT EXISTS (SELECT FROM legal_hold h WHERE h.id = NEW.lifts_id AND h.kind <> 'lift')
    OR EXISTS (SELECT FROM legal_hold l WHERE l.lifts_id = NEW.lifts_id)) THEN
    PERFORM refuse('XJ174', 'only a hold in force is lifted', jsonb_build_object('hold', NEW.lifts_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER check_legal_hold BEFORE INSERT ON legal_hold FOR EACH ROW EXECUTE FUNCTION check_legal_hold();

-- Whoever writes a tombstone, these rules are asked; what it says of the archive and the persons is found here.
CREATE FUNCTION allow_tombstone() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  head archive;
  held text;
  longest record;
  missing text;
BEGIN
  PERFORM pg_advisory_xact_lock(7260118);
  SELECT * INTO head FROM archive a WHERE a.run_id = NEW.run_id;
  IF NOT FOUND THEN
    PERFORM refuse('XJ173', 'a run without an archive has no contents', jsonb_build_object('run', NEW.run_id));
  END IF;
  SELECT string_agg(h.reason, '; ' ORDER BY h.id) INTO held
  FROM legal_holds_on(NEW.run_id) x JOIN legal_hold h ON h.id = x.hold;
  IF held IS NOT NULL THEN
    PERFORM refuse('XJ171', 'a legal hold covers the run', jsonb_build_object('run', NEW.run_id, 'hold', held));
  END IF;
  SELECT * INTO longest FROM retention_end(NEW.run_id);
  IF longest.is_over IS NOT TRUE THEN
    PERFORM refuse('XJ170', 'the retention of the run is not over', jsonb_build_object(
      'run', NEW.run_id, 'rule', longest.rule, 'about', longest.about, 'until', coalesce(longest.until::text, '∞')));
  END IF;
  SELECT string_agg(p.value ->> 'name', ', ') INTO missing
  FROM jsonb_array_elements(head.parts) p
  WHERE NOT EXISTS (SELECT FROM archive_body b WHERE b.archive_id = head.id AND b.name = p.value ->> 'name');
  IF missing IS NOT NULL OR EXISTS (SELECT FROM tombstone x WHERE x.archive_id = head.id) THEN
    PERFORM refuse('XJ173', 'the archive is not whole', jsonb_build_object('run', NEW.run_id, 'missing', missing));
  END IF;
  IF NOT EXISTS (SELECT FROM run r WHERE r.id = NEW.destruction_run_id AND r.state = 'running')
     OR NOT EXISTS (
       SELECT FROM line_set s JOIN line l ON l.line_set_id = s.id
       WHERE s.run_id = NEW.destruction_run_id AND l.data ->> 'run' = NEW.run_id::text)
     OR (SELECT count(DISTINCT s.person_id) < 3 OR count(DISTINCT s.task_id) < 3 FROM signature s
         WHERE s.run_id = NEW.destruction_run_id
           AND s.id IN (NEW.asked_signature_id, NEW.approved_signature_id, NEW.witness_signature_id)) THEN
    PERFORM refuse('XJ172', 'a deletion is asked for, approved and witnessed by three persons in a run that lists it',
                   jsonb_build_object('run', NEW.run_id));
  END IF;
  NEW.archive_id := head.id;
  NEW.parts := head.parts;
  NEW.rule := longest.rule;
  NEW.about := longest.about;
  NEW.kept_until := longest.until;
  NEW.asked_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.asked_signature_id);
  NEW.approved_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.approved_signature_id);
  NEW.witnessed_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.witness_signature_id);
  RETURN NEW;
END
$$;
CREATE TRIGGER allow_tombstone BEFORE INSERT ON tombstone FOR EACH ROW EXECUTE FUNCTION allow_tombstone();

CREATE FUNCTION delete_bodies() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM archive_body b WHERE b.archive_id = NEW.archive_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER delete_bodies AFTER INSERT ON tombstone FOR EACH ROW EXECUTE FUNCTION delete_bodies();

-- Contents are never changed; they go with a tombstone that the same transaction has written, and not otherwise.
CREATE OR REPLACE FUNCTION refuse_body_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RETURN NULL; -- each row is asked by delete_with_tombstone
  END IF;
  PERFORM refuse('XJ004', 'contents of an archive are kept', jsonb_build_object('table', TG_TABLE_NAME));
  RETURN NULL;
END
$$;

CREATE FUNCTION delete_with_tombstone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tombstone x WHERE x.archive_id = OLD.archive_id AND x.tx = pg_current_xact_id()) THEN
    PERFORM refuse('XJ004', 'contents of an archive are kept', jsonb_build_object('table', TG_TABLE_NAME));
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER delete_with_tombstone BEFORE DELETE ON archive_body FOR EACH ROW EXECUTE FUNCTION delete_with_tombstone();
ALTER TABLE archive_body ENABLE ALWAYS TRIGGER delete_with_tombstone;

-- The only way for the application: it can write no tombstone and delete no content by itself.
CREATE FUNCTION retention_delete(
  the_run uuid, destruction_run uuid, at_path text, asked uuid, approved uuid, witness uuid, why text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  INSERT INTO public.tombstone (run_id, destruction_run_id, path, asked_signature_id, approved_signature_id,
                                witness_signature_id, reason)
  VALUES (the_run, destruction_run, at_path, asked, approved, witness, why)
  RETURNING id INTO made;
  RETURN made;
END
$$;
REVOKE EXECUTE ON FUNCTION retention_delete FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_delete TO xunji_app;
