-- Decision tables are versions that quality writes and a second person approves. What a draft said after each change is
-- kept; what is approved never changes.
CREATE TABLE decision_table_version (
  id UUID DEFAULT uuidv7() NOT NULL,
  key TEXT NOT NULL,
  number INTEGER,
  origin TEXT DEFAULT 'local' NOT NULL,
  vendor_version INTEGER,
  state TEXT DEFAULT 'draft' NOT NULL,
  content JSONB NOT NULL,
  source TEXT NOT NULL,
  sha256 CHAR(64),
  author_id UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  revision INTEGER DEFAULT 0 NOT NULL,
  based_on_id UUID,
  CONSTRAINT pk_decision_table_version PRIMARY KEY (id),
  CONSTRAINT uq_decision_table_version_key_number UNIQUE (key, number),
  CONSTRAINT ck_decision_table_version_origin CHECK (origin IN ('vendor', 'local')),
  CONSTRAINT ck_decision_table_version_state CHECK (state IN ('draft', 'in_review', 'approved')),
  CONSTRAINT ck_decision_table_version_numbered CHECK (state = 'draft' OR num_nulls(number, sha256) = 0),
  CONSTRAINT ck_decision_table_version_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT fk_decision_table_version_author_id FOREIGN KEY (author_id) REFERENCES person (id),
  CONSTRAINT fk_decision_table_version_based_on_id FOREIGN KEY (based_on_id) REFERENCES decision_table_version (id)
);
CREATE INDEX ix_decision_table_version_author_id ON decision_table_version (author_id);
CREATE INDEX ix_decision_table_version_based_on_id ON decision_table_version (based_on_id);
GRANT SELECT, INSERT, UPDATE ON decision_table_version TO xunji_app;

CREATE TABLE decision_table_revision (
  id UUID DEFAULT uuidv7() NOT NULL,
  version_id UUID NOT NULL,
  number INTEGER NOT NULL,
  before INTEGER,
  source TEXT NOT NULL,
  what_zh TEXT NOT NULL,
  what_en TEXT NOT NULL,
  person_id UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_decision_table_revision PRIMARY KEY (id),
  CONSTRAINT uq_decision_table_revision_version_id_number UNIQUE (version_id, number),
  CONSTRAINT ck_decision_table_revision_before CHECK (before < number),
  CONSTRAINT fk_decision_table_revision_version_id FOREIGN KEY (version_id) REFERENCES decision_table_version (id),
  CONSTRAINT fk_decision_table_revision_person_id FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX ix_decision_table_revision_person_id ON decision_table_revision (person_id);
GRANT SELECT, INSERT ON decision_table_revision TO xunji_app;
CREATE TRIGGER keep_decision_table_revision BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_table_revision
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

CREATE TABLE decision_table_approval (
  id UUID DEFAULT uuidv7() NOT NULL,
  version_id UUID NOT NULL,
  kind TEXT NOT NULL,
  actor_id UUID NOT NULL,
  signature_id UUID,
  comment TEXT,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_decision_table_approval PRIMARY KEY (id),
  CONSTRAINT ck_decision_table_approval_kind CHECK (kind IN ('submit', 'approve', 'reject')),
  CONSTRAINT fk_decision_table_approval_version_id FOREIGN KEY (version_id) REFERENCES decision_table_version (id),
  CONSTRAINT fk_decision_table_approval_actor_id FOREIGN KEY (actor_id) REFERENCES person (id),
  CONSTRAINT fk_decision_table_approval_signature_id FOREIGN KEY (signature_id) REFERENCES signature (id)
);
CREATE INDEX ix_decision_table_approval_version_id ON decision_table_approval (version_id);
CREATE INDEX ix_decision_table_approval_actor_id ON decision_table_approval (actor_id);
CREATE INDEX ix_decision_table_approval_signature_id ON decision_table_approval (signature_id);
GRANT SELECT, INSERT ON decision_table_approval TO xunji_app;

CREATE FUNCTION decision_table_approval_hash_v1(r decision_table_approval) RETURNS bytea
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
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"decision_table_approval"',
    ',"v":', '1',
    ',"version_id":', to_json(r.version_id::text)::text, '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_decision_table_approval() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := decision_table_approval_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON decision_table_approval
FOR EACH ROW EXECUTE FUNCTION stamp_decision_table_approval();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_table_approval
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE decision_table_approval ENABLE ALWAYS TRIGGER refuse_change;
