CREATE FUNCTION tombstone_hash_v2(r tombstone) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"about":', to_json(r.about::text)::text,
    ',"approved_by":', to_json(r.approved_by::text)::text,
    ',"approved_signature_id":', to_json(r.approved_signature_id::text)::text,
    ',"archive_id":', to_json(r.archive_id::text)::text,
    ',"asked_by":', to_json(r.asked_by::text)::text,
    ',"asked_signature_id":', to_json(r.asked_signature_id::text)::text,
    ',"attachments":', coalesce(canonical_json(r.attachments), 'null'),
    ',"destruction_run_id":', to_json(r.destruction_run_id::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kept_until":', to_json(to_char(r.kept_until, 'YYYY-MM-DD'))::text,
    ',"parts":', canonical_json(r.parts),
    ',"path":', to_json(r.path::text)::text,
    ',"reason":', to_json(r.reason::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"rule":', to_json(r.rule::text)::text,
    ',"run_id":', to_json(r.run_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"tombstone"',
    ',"v":', '2',
    ',"witness_signature_id":', to_json(r.witness_signature_id::text)::text,
    ',"witnessed_by":', to_json(r.witnessed_by::text)::text, '}'), 'UTF8'));
END
$$;

CREATE OR REPLACE FUNCTION stamp_tombstone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 2;
  NEW.row_hash := tombstone_hash_v2(NEW);
  RETURN NEW;
END
$$;
