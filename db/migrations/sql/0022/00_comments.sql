-- What reviewers say of a version in review is evidence: which words, of which step, on which text, by whom.
CREATE TABLE sop_comment (
  id UUID DEFAULT uuidv7() NOT NULL,
  sop_version_id UUID NOT NULL,
  step TEXT,
  text TEXT NOT NULL,
  source_sha256 CHAR(64) NOT NULL,
  actor_id UUID NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_sop_comment PRIMARY KEY (id),
  CONSTRAINT ck_sop_comment_text CHECK (text <> ''),
  CONSTRAINT ck_sop_comment_source_sha256 CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT fk_sop_comment_sop_version_id FOREIGN KEY (sop_version_id) REFERENCES sop_version (id),
  CONSTRAINT fk_sop_comment_actor_id FOREIGN KEY (actor_id) REFERENCES person (id)
);
CREATE INDEX ix_sop_comment_sop_version_id ON sop_comment (sop_version_id);
CREATE INDEX ix_sop_comment_actor_id ON sop_comment (actor_id);
GRANT SELECT, INSERT ON sop_comment TO xunji_app;

CREATE FUNCTION sop_comment_hash_v1(r sop_comment) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"sop_version_id":', to_json(r.sop_version_id::text)::text,
    ',"source_sha256":', to_json(r.source_sha256::text)::text,
    ',"step":', coalesce(to_json(r.step::text)::text, 'null'),
    ',"text":', to_json(r.text::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"sop_comment"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_sop_comment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := sop_comment_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON sop_comment FOR EACH ROW EXECUTE FUNCTION stamp_sop_comment();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON sop_comment
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE sop_comment ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION comment_in_review() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT state FROM sop_version WHERE id = NEW.sop_version_id) <> 'in_review' THEN
    PERFORM refuse('XJ008', 'only a version in review is commented on', jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER in_review BEFORE INSERT ON sop_comment FOR EACH ROW EXECUTE FUNCTION comment_in_review();
