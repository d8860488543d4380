-- What a consignee said, and what explains a difference, is evidence: stamped by the database, never changed.
CREATE FUNCTION recall_record_hash_v1(r recall_record) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"batch_id":', coalesce(to_json(r.batch_id::text)::text, 'null'),
    ',"consumed":', coalesce(r.consumed::text, 'null'),
    ',"data":', canonical_json(r.data),
    ',"destroyed":', coalesce(r.destroyed::text, 'null'),
    ',"document_id":', to_json(r.document_id::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kind":', to_json(r.kind::text)::text,
    ',"occurred_at":', to_json(canonical_instant(r.occurred_at))::text,
    ',"on_hand":', coalesce(r.on_hand::text, 'null'),
    ',"party_id":', coalesce(to_json(r.party_id::text)::text, 'null'),
    ',"path":', coalesce(to_json(r.path::text)::text, 'null'),
    ',"quantity":', coalesce(r.quantity::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"recall_record"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_recall_record() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := recall_record_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON recall_record FOR EACH ROW EXECUTE FUNCTION stamp_recall_record();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON recall_record
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE recall_record ENABLE ALWAYS TRIGGER refuse_change;

CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE OR TRUNCATE ON recall_position
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep_recall_row BEFORE DELETE OR TRUNCATE ON recall FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep_recall_batch_row BEFORE DELETE OR TRUNCATE ON recall_batch
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
