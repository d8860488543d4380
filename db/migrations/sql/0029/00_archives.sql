-- Archives of runs that ended: the header is evidence, its contents are bodies that nobody changes; a later migration lets
-- retention delete them and leave a tombstone. Hashes cover the contents before they are deflated (docs/decisions/0040).
CREATE TABLE archive (
  id UUID DEFAULT uuidv7() NOT NULL,
  run_id UUID NOT NULL,
  workflow_id TEXT NOT NULL,
  sop_key TEXT NOT NULL,
  sop_version INTEGER NOT NULL,
  bundle_sha256 CHAR(64) NOT NULL,
  semantics INTEGER,
  code_sha256 CHAR(64) NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
  executions INTEGER NOT NULL,
  events INTEGER NOT NULL,
  parts JSONB NOT NULL,
  anomalies JSONB NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_archive PRIMARY KEY (id),
  CONSTRAINT uq_archive_run_id UNIQUE (run_id),
  CONSTRAINT ck_archive_bundle_sha256 CHECK (bundle_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_archive_code_sha256 CHECK (code_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT fk_archive_run_id FOREIGN KEY (run_id) REFERENCES run (id)
);
CREATE INDEX ix_archive_tx ON archive (tx);
GRANT SELECT, INSERT ON archive TO xunji_app;

CREATE TABLE archive_body (
  archive_id UUID NOT NULL,
  name TEXT NOT NULL,
  content BYTEA NOT NULL,
  stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_archive_body PRIMARY KEY (archive_id, name),
  CONSTRAINT fk_archive_body_archive_id FOREIGN KEY (archive_id) REFERENCES archive (id)
);
ALTER TABLE archive_body ALTER COLUMN content SET STORAGE EXTERNAL; -- deflated already
GRANT SELECT, INSERT ON archive_body TO xunji_app;

ALTER TABLE run ADD COLUMN archived_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_run_to_archive ON run (ended_at) WHERE archived_at IS NULL AND ended_at IS NOT NULL;

CREATE FUNCTION archive_hash_v1(r archive) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"anomalies":', canonical_json(r.anomalies),
    ',"bundle_sha256":', to_json(r.bundle_sha256::text)::text,
    ',"code_sha256":', to_json(r.code_sha256::text)::text,
    ',"ended_at":', to_json(canonical_instant(r.ended_at))::text,
    ',"events":', r.events::text,
    ',"executions":', r.executions::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"outcome":', coalesce(to_json(r.outcome::text)::text, 'null'),
    ',"parts":', canonical_json(r.parts),
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"run_id":', to_json(r.run_id::text)::text,
    ',"semantics":', coalesce(r.semantics::text, 'null'),
    ',"sop_key":', to_json(r.sop_key::text)::text,
    ',"sop_version":', r.sop_version::text,
    ',"started_at":', to_json(canonical_instant(r.started_at))::text,
    ',"state":', to_json(r.state::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"archive"',
    ',"v":', '1',
    ',"workflow_id":', to_json(r.workflow_id::text)::text, '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_archive() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := archive_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON archive FOR EACH ROW EXECUTE FUNCTION stamp_archive();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON archive
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE archive ENABLE ALWAYS TRIGGER refuse_change;

-- Nobody changes a body; its digest stands in the header, which is sealed.
CREATE FUNCTION refuse_body_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse('XJ004', 'contents of an archive are kept', jsonb_build_object('table', TG_TABLE_NAME));
  RETURN NULL;
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON archive_body
FOR EACH STATEMENT EXECUTE FUNCTION refuse_body_change();
ALTER TABLE archive_body ENABLE ALWAYS TRIGGER refuse_change;
