-- Uploads and deletions take turns: what is being added is seen by who deletes, and nobody adds to bytes on their way out.
CREATE FUNCTION wait_for_deletion() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7260118);
  IF TG_TABLE_NAME = 'attachment' AND NOT EXISTS (SELECT FROM attachment_body b WHERE b.sha256 = NEW.sha256) THEN
    RAISE foreign_key_violation USING MESSAGE = 'an attachment has its content when it is added';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER wait_for_deletion BEFORE INSERT ON attachment FOR EACH ROW EXECUTE FUNCTION wait_for_deletion();
CREATE TRIGGER wait_for_deletion BEFORE INSERT ON attachment_body FOR EACH ROW EXECUTE FUNCTION wait_for_deletion();

-- The attachments of a run: those added to it, and those of others that it uses.
CREATE FUNCTION attachments_of(the_run uuid) RETURNS SETOF attachment
LANGUAGE sql STABLE AS $$
  SELECT a.* FROM attachment a WHERE a.run_id = the_run
  UNION
  SELECT a.* FROM attachment_use u JOIN attachment a ON a.id = u.attachment_id WHERE u.run_id = the_run
$$;

-- The tombstone that says why the bytes of an attachment are not there.
CREATE FUNCTION tombstone_of_attachment(the_attachment attachment) RETURNS uuid
LANGUAGE sql STABLE AS $$
  SELECT x.id FROM tombstone x
  WHERE x.attachments @> jsonb_build_array(
    jsonb_build_object('sha256', the_attachment.sha256::text, 'size', the_attachment.size))
    AND x.recorded_at > the_attachment.recorded_at
  ORDER BY x.recorded_at LIMIT 1
$$;

-- The bytes that go with the contents of a run: every attachment with that digest is used by runs alone, and by none
-- whose contents are kept.
CREATE FUNCTION attachments_over(the_run uuid) RETURNS TABLE (sha256 text, size bigint)
LANGUAGE sql VOLATILE AS $$
  SELECT DISTINCT b.sha256::text, octet_length(b.bytes)::bigint
  FROM attachments_of(the_run) a JOIN attachment_body b ON b.sha256 = a.sha256
  WHERE NOT EXISTS (
    SELECT FROM attachment o
    LEFT JOIN LATERAL (
      SELECT o.run_id WHERE o.run_id IS NOT NULL
      UNION ALL
      SELECT u.run_id FROM attachment_use u WHERE u.attachment_id = o.id) used ON true
    WHERE o.sha256 = a.sha256 AND used.run_id IS DISTINCT FROM the_run
      AND NOT EXISTS (SELECT FROM tombstone x WHERE x.run_id = used.run_id))
  ORDER BY 1
$$;

-- Whoever writes a tombstone, these rules are asked; what it says of the archive and the persons is found here.
CREATE OR REPLACE FUNCTION allow_tombstone() RETURNS trigger
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
  SELECT string_agg(x.name, ', ') INTO missing FROM (
    SELECT p.value ->> 'name' AS name FROM jsonb_array_elements(head.parts) p
    WHERE NOT EXISTS (SELECT FROM archive_body b WHERE b.archive_id = head.id AND b.name = p.value ->> 'name')
    UNION ALL
    SELECT a.file_name FROM attachments_of(NEW.run_id) a
    WHERE NOT EXISTS (SELECT FROM attachment_body b WHERE b.sha256 = a.sha256) AND tombstone_of_attachment(a) IS NULL
  ) x;
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
  NEW.attachments := (
    SELECT coalesce(jsonb_agg(jsonb_build_object('sha256', o.sha256, 'size', o.size)), '[]')
    FROM attachments_over(NEW.run_id) o);
  NEW.rule := longest.rule;
  NEW.about := longest.about;
  NEW.kept_until := longest.until;
  NEW.asked_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.asked_signature_id);
  NEW.approved_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.approved_signature_id);
  NEW.witnessed_by := (SELECT s.person_id FROM signature s WHERE s.id = NEW.witness_signature_id);
  RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION delete_bodies() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM archive_body b WHERE b.archive_id = NEW.archive_id;
  DELETE FROM attachment_body b
  WHERE b.sha256 IN (SELECT (x.value ->> 'sha256')::char(64) FROM jsonb_array_elements(NEW.attachments) x);
  UPDATE retention_floor SET gone = true WHERE run_id = NEW.run_id;
  RETURN NULL;
END
$$;

-- As for contents of archives: never changed; deleted with a tombstone that the same transaction has written.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON attachment_body
FOR EACH STATEMENT EXECUTE FUNCTION refuse_body_change();
ALTER TABLE attachment_body ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION delete_attachment_with_tombstone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tombstone x WHERE x.tx = pg_current_xact_id()
      AND x.attachments @> jsonb_build_array(jsonb_build_object('sha256', OLD.sha256::text))) THEN
    PERFORM refuse('XJ004', 'contents of attachments are kept', jsonb_build_object('table', TG_TABLE_NAME));
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER delete_with_tombstone BEFORE DELETE ON attachment_body
FOR EACH ROW EXECUTE FUNCTION delete_attachment_with_tombstone();
ALTER TABLE attachment_body ENABLE ALWAYS TRIGGER delete_with_tombstone;
