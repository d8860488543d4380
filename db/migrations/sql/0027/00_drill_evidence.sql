-- The record of a drill, taken over into the live house: the text as it came, its digest, who took part, and the signature
-- of who checked it. It is evidence: no row is changed (validation and training, GSP 31-36).
CREATE TABLE drill_evidence (
  id UUID DEFAULT uuidv7() NOT NULL,
  sop_version_id UUID NOT NULL,
  definition_sha256 CHAR(64) NOT NULL,
  record TEXT NOT NULL,
  record_sha256 CHAR(64) NOT NULL,
  persons UUID[] DEFAULT '{}' NOT NULL,
  actor_id UUID NOT NULL,
  signature_id UUID NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_drill_evidence PRIMARY KEY (id),
  CONSTRAINT uq_drill_evidence_sop_version_id_record_sha256 UNIQUE (sop_version_id, record_sha256),
  CONSTRAINT ck_drill_evidence_definition_sha256 CHECK (definition_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_drill_evidence_record_sha256 CHECK (record_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_drill_evidence_digest CHECK (record_sha256 = encode(sha256(convert_to(record, 'UTF8')), 'hex')),
  CONSTRAINT fk_drill_evidence_sop_version_id FOREIGN KEY (sop_version_id) REFERENCES sop_version (id),
  CONSTRAINT fk_drill_evidence_actor_id FOREIGN KEY (actor_id) REFERENCES person (id),
  CONSTRAINT fk_drill_evidence_signature_id FOREIGN KEY (signature_id) REFERENCES signature (id)
);
CREATE INDEX ix_drill_evidence_actor_id ON drill_evidence (actor_id);
CREATE INDEX ix_drill_evidence_signature_id ON drill_evidence (signature_id);
GRANT SELECT, INSERT ON drill_evidence TO xunji_app;

CREATE FUNCTION drill_evidence_hash_v1(r drill_evidence) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN sha256(convert_to(concat(
    '{"actor_id":', to_json(r.actor_id::text)::text,
    ',"definition_sha256":', to_json(r.definition_sha256::text)::text,
    ',"hash_version":', r.hash_version::text,
    ',"id":', to_json(r.id::text)::text,
    ',"persons":', array_to_json(r.persons)::text,
    ',"record":', to_json(r.record)::text,
    ',"record_sha256":', to_json(r.record_sha256::text)::text,
    ',"recorded_at":', to_json(canonical_instant(r.recorded_at))::text,
    ',"signature_id":', to_json(r.signature_id::text)::text,
    ',"sop_version_id":', to_json(r.sop_version_id::text)::text,
    ',"tx":', to_json(r.tx::text)::text,
    ',"type":', '"drill_evidence"',
    ',"v":', '1', '}'), 'UTF8'));
END
$$;

CREATE FUNCTION stamp_drill_evidence() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM signature s
    WHERE s.id = NEW.signature_id AND s.person_id = NEW.actor_id AND s.purpose = 'drill.take_over') THEN
    PERFORM refuse('XJ013', 'a drill record is taken over with the signature of who checked it',
                   jsonb_build_object('person', NEW.actor_id));
  END IF;
  IF EXISTS (SELECT FROM unnest(NEW.persons) AS one(id) WHERE NOT EXISTS (SELECT FROM person p WHERE p.id = one.id)) THEN
    PERFORM refuse('XJ013', 'who took part in a drill is a person of the house', jsonb_build_object('persons', NEW.persons));
  END IF;
  NEW.tx := pg_current_xact_id();
  NEW.recorded_at := clock_timestamp();
  NEW.hash_version := 1;
  NEW.row_hash := drill_evidence_hash_v1(NEW);
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT ON drill_evidence FOR EACH ROW EXECUTE FUNCTION stamp_drill_evidence();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON drill_evidence
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE drill_evidence ENABLE ALWAYS TRIGGER refuse_change;

-- Who read a version after having drilled it has the drill in the training record.
ALTER TABLE training_record ADD COLUMN drill_evidence_id UUID;
ALTER TABLE training_record ADD CONSTRAINT fk_training_record_drill_evidence_id
  FOREIGN KEY (drill_evidence_id) REFERENCES drill_evidence (id);
CREATE INDEX ix_training_record_drill_evidence_id ON training_record (drill_evidence_id);

CREATE FUNCTION drilled_in_person() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.drill_evidence_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM drill_evidence d
       JOIN sop_version v ON v.id = d.sop_version_id
       JOIN sop s ON s.id = v.sop_id
       WHERE d.id = NEW.drill_evidence_id AND NEW.person_id = ANY (d.persons)
         AND s.key = NEW.sop_key AND v.version = NEW.version) THEN
    PERFORM refuse('XJ013', 'a drill trains who took part in it, on the version that was drilled',
                   jsonb_build_object('person', NEW.person_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER drilled_in_person BEFORE INSERT ON training_record FOR EACH ROW EXECUTE FUNCTION drilled_in_person();
