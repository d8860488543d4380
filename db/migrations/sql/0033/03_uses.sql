-- Whoever names an attachment of another run, or of none, uses it: its bytes stay as long as the user's own contents.
CREATE FUNCTION note_uses(the_data jsonb, the_run uuid, the_user uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.attachment_use (attachment_id, used_by, run_id)
  SELECT a.id, coalesce(the_run, the_user), the_run
  FROM (
    SELECT DISTINCT m[1]::uuid AS id FROM regexp_matches(
      the_data::text, '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"', 'g') AS m
  ) named JOIN public.attachment a ON a.id = named.id
  WHERE a.run_id IS DISTINCT FROM the_run
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    PERFORM pg_advisory_xact_lock_shared(7260118);
  END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION note_uses FROM PUBLIC;

CREATE FUNCTION note_uses_of_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  told jsonb := to_jsonb(NEW);
  of_document uuid := coalesce(told ->> 'document_id', told ->> 'id')::uuid;
  of_run uuid := (told ->> 'run_id')::uuid;
BEGIN
  IF TG_TABLE_NAME IN ('line_result', 'added_line') THEN
    of_run := (SELECT k.run_id FROM public.task k WHERE k.id = (told ->> 'task_id')::uuid);
  ELSIF TG_TABLE_NAME = 'run' THEN
    of_run := NEW.id;
  ELSIF TG_TABLE_NAME = 'document_line' THEN
    of_run := (SELECT d.run_id FROM public.document d WHERE d.id = of_document);
  END IF;
  PERFORM public.note_uses(
    jsonb_build_array(told -> 'data', told -> 'lines', told -> 'answer', told -> 'header', told -> 'inputs'),
    of_run, of_document);
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_uses_of_row FROM PUBLIC;

CREATE TRIGGER note_uses AFTER INSERT ON run FOR EACH ROW
WHEN (NEW.inputs::text ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();
CREATE TRIGGER note_uses AFTER INSERT ON submission FOR EACH ROW
WHEN (concat(NEW.data, NEW.lines) ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();
CREATE TRIGGER note_uses AFTER INSERT ON line_result FOR EACH ROW
WHEN (NEW.data::text ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();
CREATE TRIGGER note_uses AFTER INSERT ON added_line FOR EACH ROW
WHEN (concat(NEW.data, NEW.answer) ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();
CREATE TRIGGER note_uses AFTER INSERT OR UPDATE OF header, run_id ON document FOR EACH ROW
WHEN (NEW.header::text ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();
CREATE TRIGGER note_uses AFTER INSERT OR UPDATE OF data ON document_line FOR EACH ROW
WHEN (NEW.data::text ~ '"[0-9a-f]{8}-[0-9a-f]{4}-') EXECUTE FUNCTION note_uses_of_row();

-- What was used before this step of the schema.
SELECT note_uses(x.data, x.run_id, x.id) FROM (
  SELECT r.inputs AS data, r.id AS run_id, r.id FROM run r
  UNION ALL
  SELECT jsonb_build_array(s.data, s.lines), s.run_id, s.id FROM submission s
  UNION ALL
  SELECT l.data, k.run_id, l.id FROM line_result l JOIN task k ON k.id = l.task_id
  UNION ALL
  SELECT jsonb_build_array(l.data, l.answer), k.run_id, l.id FROM added_line l JOIN task k ON k.id = l.task_id
  UNION ALL
  SELECT d.header, d.run_id, d.id FROM document d
  UNION ALL
  SELECT l.data, d.run_id, d.id FROM document_line l JOIN document d ON d.id = l.document_id
) x WHERE x.data::text ~ '"[0-9a-f]{8}-[0-9a-f]{4}-';

CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE OR TRUNCATE ON attachment_use
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
