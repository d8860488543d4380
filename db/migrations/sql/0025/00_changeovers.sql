-- Runs under way go over to another version of their procedure by an order: proposed by one person, signed by another.
CREATE TABLE changeover (
  id UUID DEFAULT uuidv7() NOT NULL,
  sop_id UUID NOT NULL,
  sop_version_id UUID NOT NULL,
  sha256 CHAR(64) NOT NULL,
  reason TEXT NOT NULL,
  state TEXT DEFAULT 'proposed' NOT NULL,
  content_hash CHAR(64) NOT NULL,
  proposed_by UUID NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  decided_by UUID,
  decided_at TIMESTAMP WITH TIME ZONE,
  comment TEXT,
  signature_id UUID,
  CONSTRAINT pk_changeover PRIMARY KEY (id),
  CONSTRAINT ck_changeover_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_changeover_content_hash CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_changeover_state CHECK (state IN ('proposed', 'approved', 'declined')),
  CONSTRAINT ck_changeover_reason CHECK (reason <> ''),
  CONSTRAINT ck_changeover_decided CHECK ((state = 'proposed') = (decided_by IS NULL)
    AND (decided_by IS NULL) = (decided_at IS NULL) AND (state = 'approved') = (signature_id IS NOT NULL)),
  CONSTRAINT fk_changeover_sop_id FOREIGN KEY (sop_id) REFERENCES sop (id),
  CONSTRAINT fk_changeover_sop_version_id FOREIGN KEY (sop_version_id) REFERENCES sop_version (id),
  CONSTRAINT fk_changeover_proposed_by FOREIGN KEY (proposed_by) REFERENCES person (id),
  CONSTRAINT fk_changeover_decided_by FOREIGN KEY (decided_by) REFERENCES person (id),
  CONSTRAINT fk_changeover_signature_id FOREIGN KEY (signature_id) REFERENCES signature (id)
);
CREATE INDEX ix_changeover_sop_id ON changeover (sop_id);
CREATE INDEX ix_changeover_sop_version_id ON changeover (sop_version_id);
CREATE INDEX ix_changeover_proposed_by ON changeover (proposed_by);
CREATE INDEX ix_changeover_decided_by ON changeover (decided_by);
CREATE INDEX ix_changeover_signature_id ON changeover (signature_id);

CREATE TABLE changeover_run (
  id UUID DEFAULT uuidv7() NOT NULL,
  changeover_id UUID NOT NULL,
  run_id UUID NOT NULL,
  from_version_id UUID NOT NULL,
  from_sha256 CHAR(64) NOT NULL,
  submission_id UUID,
  result TEXT,
  reason_zh TEXT DEFAULT '' NOT NULL,
  reason_en TEXT DEFAULT '' NOT NULL,
  foreseen JSONB DEFAULT '[]' NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE,
  settled_tx XID8,
  CONSTRAINT pk_changeover_run PRIMARY KEY (id),
  CONSTRAINT uq_changeover_run_changeover_id_run_id UNIQUE (changeover_id, run_id),
  CONSTRAINT uq_changeover_run_submission_id UNIQUE (submission_id),
  CONSTRAINT ck_changeover_run_from_sha256 CHECK (from_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_changeover_run_result CHECK (result IN ('moved', 'refused', 'ended')),
  CONSTRAINT ck_changeover_run_settled CHECK ((result IS NULL) = (settled_at IS NULL)),
  CONSTRAINT fk_changeover_run_changeover_id FOREIGN KEY (changeover_id) REFERENCES changeover (id),
  CONSTRAINT fk_changeover_run_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_changeover_run_from_version_id FOREIGN KEY (from_version_id) REFERENCES sop_version (id),
  CONSTRAINT fk_changeover_run_submission_id FOREIGN KEY (submission_id) REFERENCES submission (id)
);
CREATE INDEX ix_changeover_run_run_id ON changeover_run (run_id);
CREATE INDEX ix_changeover_run_from_version_id ON changeover_run (from_version_id);

ALTER TABLE run ADD COLUMN changeovers INTEGER DEFAULT 0 NOT NULL;
GRANT SELECT, INSERT, UPDATE ON changeover, changeover_run TO xunji_app;
