-- Evidence: append-only tables. The database stamps transaction, instant and row hash over whatever a caller sends, and
-- refuses every change and deletion to everybody, the owner included. db/row_hash.py names the same field lists.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse('XJ004', 'rows of ' || TG_TABLE_NAME || ' are evidence: they are added, never changed',
                 jsonb_build_object('table', TG_TABLE_NAME));
  RETURN NULL;
END
$$;

CREATE FUNCTION attachment_hash_v1(r attachment) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"file_name":', to_json(r.file_name::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"media_type":', to_json(r.media_type::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"sha256":', to_json(r.sha256::text)::text,
    ',"size":', r.size::text,
    ',"step_path":', coalesce(to_json(r.step_path::text)::text, 'null'),
    ',"task_id":', coalesce(to_json(r.task_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"attachment"',
    ',"uploaded_by":', to_json(r.uploaded_by::text)::text,
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_attachment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := attachment_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON attachment FOR EACH ROW EXECUTE FUNCTION stamp_attachment();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON attachment
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE attachment ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION audit_event_hash_v1(r audit_event) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"action":', to_json(r.action::text)::text,
    ',"actor_id":', coalesce(to_json(r.actor_id::text)::text, 'null'),
    ',"actor_name":', to_json(r.actor_name::text)::text,
    ',"after":', coalesce(canonical_json(r.after), 'null'),
    ',"before":', coalesce(canonical_json(r.before), 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"object_id":', to_json(r.object_id::text)::text,
    ',"object_type":', to_json(r.object_type::text)::text,
    ',"reason":', coalesce(to_json(r.reason::text)::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"refused":', r.refused::text,
    ',"request_id":', coalesce(to_json(r.request_id::text)::text, 'null'),
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"audit_event"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_audit_event() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := audit_event_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION stamp_audit_event();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION document_change_hash_v1(r document_change) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"after":', canonical_json(r.after),
    ',"before":', canonical_json(r.before),
    ',"document_id":', to_json(r.document_id::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"reason":', to_json(r.reason::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"document_change"',
    ',"v":', '1',
    ',"version":', r.version::text, '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_document_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := document_change_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON document_change FOR EACH ROW EXECUTE FUNCTION stamp_document_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON document_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE document_change ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION line_result_hash_v1(r line_result) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"data":', canonical_json(r.data),
    ',"epoch":', r.epoch::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"line_no":', r.line_no::text,
    ',"line_set_id":', to_json(r.line_set_id::text)::text,
    ',"occurred_at":', to_json(canonical_instant(r.occurred_at))::text,
    ',"outcome":', to_json(r.outcome::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"supersedes_id":', coalesce(to_json(r.supersedes_id::text)::text, 'null'),
    ',"task_id":', to_json(r.task_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"line_result"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_line_result() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := line_result_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON line_result FOR EACH ROW EXECUTE FUNCTION stamp_line_result();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON line_result
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE line_result ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION move_hash_v1(r move) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"batch_id":', to_json(r.batch_id::text)::text,
    ',"document_line_id":', coalesce(to_json(r.document_line_id::text)::text, 'null'),
    ',"from_kind":', to_json(r.from_kind::text)::text,
    ',"from_location_id":', coalesce(to_json(r.from_location_id::text)::text, 'null'),
    ',"from_owner_id":', coalesce(to_json(r.from_owner_id::text)::text, 'null'),
    ',"from_site_id":', coalesce(to_json(r.from_site_id::text)::text, 'null'),
    ',"from_status":', coalesce(to_json(r.from_status::text)::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"line_no":', r.line_no::text,
    ',"party_id":', coalesce(to_json(r.party_id::text)::text, 'null'),
    ',"posting_id":', to_json(r.posting_id::text)::text,
    ',"quantity":', r.quantity::text,
    ',"reason":', coalesce(to_json(r.reason::text)::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"to_kind":', to_json(r.to_kind::text)::text,
    ',"to_location_id":', coalesce(to_json(r.to_location_id::text)::text, 'null'),
    ',"to_owner_id":', coalesce(to_json(r.to_owner_id::text)::text, 'null'),
    ',"to_site_id":', coalesce(to_json(r.to_site_id::text)::text, 'null'),
    ',"to_status":', coalesce(to_json(r.to_status::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"move"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_move() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := move_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON move FOR EACH ROW EXECUTE FUNCTION stamp_move();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON move
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE move ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION move_serial_hash_v1(r move_serial) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"hash_version":', r.hash_version::text,
    ',"move_id":', to_json(r.move_id::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"serial_id":', to_json(r.serial_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"move_serial"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_move_serial() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := move_serial_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON move_serial FOR EACH ROW EXECUTE FUNCTION stamp_move_serial();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON move_serial
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE move_serial ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION posting_hash_v1(r posting) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"document_id":', coalesce(to_json(r.document_id::text)::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kind":', to_json(r.kind::text)::text,
    ',"loaded":', r.loaded::text,
    ',"occurred_at":', to_json(canonical_instant(r.occurred_at))::text,
    ',"path":', coalesce(to_json(r.path::text)::text, 'null'),
    ',"reason":', coalesce(to_json(r.reason::text)::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"reverses_id":', coalesce(to_json(r.reverses_id::text)::text, 'null'),
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"posting"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_posting() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := posting_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION stamp_posting();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE posting ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION scan_hash_v1(r scan) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"code":', to_json(r.code::text)::text,
    ',"device_at":', coalesce(to_json(canonical_instant(r.device_at))::text, 'null'),
    ',"epoch":', r.epoch::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"line_no":', coalesce(r.line_no::text, 'null'),
    ',"line_set_id":', coalesce(to_json(r.line_set_id::text)::text, 'null'),
    ',"parsed":', coalesce(canonical_json(r.parsed), 'null'),
    ',"quantity":', coalesce(r.quantity::text, 'null'),
    ',"reason_code":', coalesce(to_json(r.reason_code::text)::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"symbology":', coalesce(to_json(r.symbology::text)::text, 'null'),
    ',"task_id":', to_json(r.task_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"scan"',
    ',"undoes_id":', coalesce(to_json(r.undoes_id::text)::text, 'null'),
    ',"v":', '1',
    ',"verdict":', to_json(r.verdict::text)::text, '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_scan() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := scan_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON scan FOR EACH ROW EXECUTE FUNCTION stamp_scan();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON scan
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE scan ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION signature_hash_v1(r signature) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"content_sha256":', to_json(r.content_sha256::text)::text,
    ',"epoch":', coalesce(r.epoch::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"meaning_en":', to_json(r.meaning_en::text)::text,
    ',"meaning_zh":', to_json(r.meaning_zh::text)::text,
    ',"method":', to_json(r.method::text)::text,
    ',"person_id":', to_json(r.person_id::text)::text,
    ',"post_name_en":', to_json(r.post_name_en::text)::text,
    ',"post_name_zh":', to_json(r.post_name_zh::text)::text,
    ',"printed_name":', to_json(r.printed_name::text)::text,
    ',"purpose":', to_json(r.purpose::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', coalesce(to_json(r.run_id::text)::text, 'null'),
    ',"task_id":', coalesce(to_json(r.task_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"signature"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_signature() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := signature_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON signature FOR EACH ROW EXECUTE FUNCTION stamp_signature();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON signature
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE signature ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION sop_approval_hash_v1(r sop_approval) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"comment":', coalesce(to_json(r.comment::text)::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kind":', to_json(r.kind::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"signature_id":', coalesce(to_json(r.signature_id::text)::text, 'null'),
    ',"sop_version_id":', to_json(r.sop_version_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"sop_approval"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_sop_approval() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := sop_approval_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON sop_approval FOR EACH ROW EXECUTE FUNCTION stamp_sop_approval();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON sop_approval
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE sop_approval ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION submission_hash_v1(r submission) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"content_hash":', to_json(r.content_hash::text)::text,
    ',"data":', canonical_json(r.data),
    ',"epoch":', coalesce(r.epoch::text, 'null'),
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"kind":', to_json(r.kind::text)::text,
    ',"lines":', coalesce(canonical_json(r.lines), 'null'),
    ',"outcome":', coalesce(to_json(r.outcome::text)::text, 'null'),
    ',"performers":', canonical_json(to_jsonb(r.performers)),
    ',"reason":', coalesce(to_json(r.reason::text)::text, 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', to_json(r.run_id::text)::text,
    ',"signature_id":', coalesce(to_json(r.signature_id::text)::text, 'null'),
    ',"task_id":', coalesce(to_json(r.task_id::text)::text, 'null'),
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"submission"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_submission() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := submission_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION stamp_submission();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON submission
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE submission ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION submission_verdict_hash_v1(r submission_verdict) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"accepted":', r.accepted::text,
    ',"code":', to_json(r.code::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"message_en":', to_json(r.message_en::text)::text,
    ',"message_zh":', to_json(r.message_zh::text)::text,
    ',"missing_signatures":', coalesce(canonical_json(r.missing_signatures), 'null'),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"state":', coalesce(to_json(r.state::text)::text, 'null'),
    ',"submission_id":', to_json(r.submission_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"submission_verdict"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_submission_verdict() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := submission_verdict_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON submission_verdict FOR EACH ROW EXECUTE FUNCTION stamp_submission_verdict();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON submission_verdict
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE submission_verdict ENABLE ALWAYS TRIGGER refuse_change;
