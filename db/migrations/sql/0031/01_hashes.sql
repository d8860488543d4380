CREATE FUNCTION legal_hold_hash_v1(r legal_hold) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"batch_id":', coalesce(to_json(r.batch_id::text)::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kind":', to_json(r.kind::text)::text,
    ',"lifts_id":', coalesce(to_json(r.lifts_id::text)::text, 'null'),
    ',"reason":', to_json(r.reason::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"sop_id":', coalesce(to_json(r.sop_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"legal_hold"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_legal_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := legal_hold_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON legal_hold FOR EACH ROW EXECUTE FUNCTION stamp_legal_hold();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON legal_hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE legal_hold ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION tombstone_hash_v1(r tombstone) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"about":', to_json(r.about::text)::text,
    ',"approved_by":', to_json(r.approved_by::text)::text,
    ',"approved_signature_id":', to_json(r.approved_signature_id::text)::text,
    ',"archive_id":', to_json(r.archive_id::text)::text,
    ',"asked_by":', to_json(r.asked_by::text)::text,
    ',"asked_signature_id":', to_json(r.asked_signature_id::text)::text,
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
    ',"v":', '1',
    ',"witness_signature_id":', to_json(r.witness_signature_id::text)::text,
    ',"witnessed_by":', to_json(r.witnessed_by::text)::text, '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_tombstone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := tombstone_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON tombstone FOR EACH ROW EXECUTE FUNCTION stamp_tombstone();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON tombstone
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE tombstone ENABLE ALWAYS TRIGGER refuse_change;
