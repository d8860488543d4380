-- How long records are kept: years after the run's end (none: for ever), and years after the expiry of each batch touched.
CREATE TABLE retention_rule (
  record_class TEXT NOT NULL,
  years_after_end INTEGER,
  years_after_expiry INTEGER,
  clause TEXT NOT NULL,
  CONSTRAINT pk_retention_rule PRIMARY KEY (record_class),
  CONSTRAINT ck_retention_rule_five_years CHECK (years_after_end >= 5),
  CONSTRAINT ck_retention_rule_after_expiry CHECK (years_after_expiry > 0)
);
INSERT INTO retention_rule (record_class, years_after_end, years_after_expiry, clause) VALUES
  ('drug', 5, 1, 'GSP 42'),
  ('special_control', 5, 5, '麻醉药品和精神药品管理条例'),
  ('vaccine', 5, 5, '疫苗管理法'),
  ('device', 5, 2, '医疗器械经营监督管理办法 38'),
  ('implant', NULL, NULL, '医疗器械经营监督管理办法 38');
GRANT SELECT ON retention_rule TO xunji_app;

-- Goods whose records are kept longer than their category says.
ALTER TABLE material ADD COLUMN record_class TEXT;
ALTER TABLE material ADD CONSTRAINT ck_material_record_class CHECK (
  (record_class = 'vaccine' AND category = 'drug') OR (record_class = 'implant' AND category = 'device'));

CREATE TABLE legal_hold (
  id UUID DEFAULT uuidv7() NOT NULL,
  kind TEXT NOT NULL,
  run_id UUID,
  batch_id UUID,
  sop_id UUID,
  lifts_id UUID,
  reason TEXT NOT NULL,
  actor_id UUID NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_legal_hold PRIMARY KEY (id),
  CONSTRAINT uq_legal_hold_lifts_id UNIQUE (lifts_id),
  CONSTRAINT ck_legal_hold_kind CHECK (kind IN ('run', 'batch', 'sop', 'all', 'lift')),
  CONSTRAINT ck_legal_hold_about CHECK (
    (kind = 'run') = (run_id IS NOT NULL) AND (kind = 'batch') = (batch_id IS NOT NULL)
    AND (kind = 'sop') = (sop_id IS NOT NULL) AND (kind = 'lift') = (lifts_id IS NOT NULL)),
  CONSTRAINT ck_legal_hold_reason CHECK (reason ~ '[^[:space:]]'),
  CONSTRAINT fk_legal_hold_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_legal_hold_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id),
  CONSTRAINT fk_legal_hold_sop_id FOREIGN KEY (sop_id) REFERENCES sop (id),
  CONSTRAINT fk_legal_hold_lifts_id FOREIGN KEY (lifts_id) REFERENCES legal_hold (id),
  CONSTRAINT fk_legal_hold_actor_id FOREIGN KEY (actor_id) REFERENCES person (id)
);
CREATE INDEX ix_legal_hold_run_id ON legal_hold (run_id);
CREATE INDEX ix_legal_hold_batch_id ON legal_hold (batch_id);
CREATE INDEX ix_legal_hold_sop_id ON legal_hold (sop_id);
CREATE INDEX ix_legal_hold_actor_id ON legal_hold (actor_id);
CREATE INDEX ix_legal_hold_tx ON legal_hold (tx);
GRANT SELECT, INSERT ON legal_hold TO xunji_app;

-- What is left of contents that were deleted. The application writes none: retention_delete() does.
CREATE TABLE tombstone (
  id UUID DEFAULT uuidv7() NOT NULL,
  archive_id UUID NOT NULL,
  run_id UUID NOT NULL,
  parts JSONB NOT NULL,
  rule TEXT NOT NULL,
  about TEXT NOT NULL,
  kept_until DATE NOT NULL,
  destruction_run_id UUID NOT NULL,
  path TEXT NOT NULL,
  asked_by UUID NOT NULL,
  asked_signature_id UUID NOT NULL,
  approved_by UUID NOT NULL,
  approved_signature_id UUID NOT NULL,
  witnessed_by UUID NOT NULL,
  witness_signature_id UUID NOT NULL,
  reason TEXT NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_tombstone PRIMARY KEY (id),
  CONSTRAINT uq_tombstone_archive_id UNIQUE (archive_id),
  CONSTRAINT uq_tombstone_run_id UNIQUE (run_id),
  CONSTRAINT ck_tombstone_reason CHECK (reason ~ '[^[:space:]]'),
  CONSTRAINT fk_tombstone_archive_id FOREIGN KEY (archive_id) REFERENCES archive (id),
  CONSTRAINT fk_tombstone_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_tombstone_destruction_run_id FOREIGN KEY (destruction_run_id) REFERENCES run (id),
  CONSTRAINT fk_tombstone_asked_by FOREIGN KEY (asked_by) REFERENCES person (id),
  CONSTRAINT fk_tombstone_asked_signature_id FOREIGN KEY (asked_signature_id) REFERENCES signature (id),
  CONSTRAINT fk_tombstone_approved_by FOREIGN KEY (approved_by) REFERENCES person (id),
  CONSTRAINT fk_tombstone_approved_signature_id FOREIGN KEY (approved_signature_id) REFERENCES signature (id),
  CONSTRAINT fk_tombstone_witnessed_by FOREIGN KEY (witnessed_by) REFERENCES person (id),
  CONSTRAINT fk_tombstone_witness_signature_id FOREIGN KEY (witness_signature_id) REFERENCES signature (id)
);
CREATE INDEX ix_tombstone_destruction_run_id ON tombstone (destruction_run_id);
CREATE INDEX ix_tombstone_asked_by ON tombstone (asked_by);
CREATE INDEX ix_tombstone_asked_signature_id ON tombstone (asked_signature_id);
CREATE INDEX ix_tombstone_approved_by ON tombstone (approved_by);
CREATE INDEX ix_tombstone_approved_signature_id ON tombstone (approved_signature_id);
CREATE INDEX ix_tombstone_witnessed_by ON tombstone (witnessed_by);
CREATE INDEX ix_tombstone_witness_signature_id ON tombstone (witness_signature_id);
CREATE INDEX ix_tombstone_tx ON tombstone (tx);
GRANT SELECT ON tombstone TO xunji_app;

CREATE INDEX ix_archive_ended_at ON archive (ended_at);
