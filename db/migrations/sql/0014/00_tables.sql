-- Packages: what a logistic unit is called (SSCC), what is in it, in which other it stands.
ALTER TABLE legal_entity ADD COLUMN gs1_prefix TEXT;
ALTER TABLE legal_entity ADD CONSTRAINT ck_legal_entity_gs1_prefix CHECK (gs1_prefix ~ '^[0-9]{6,12}$');

CREATE SEQUENCE sscc_reference AS bigint;

CREATE TABLE package (
  id UUID DEFAULT uuidv7() NOT NULL,
  sscc TEXT NOT NULL,
  trace_code TEXT,
  parent_id UUID,
  state TEXT DEFAULT 'open' NOT NULL,
  site_id UUID NOT NULL,
  location_id UUID,
  document_id UUID,
  number INTEGER,
  run_id UUID,
  created_by UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_package PRIMARY KEY (id),
  CONSTRAINT uq_package_sscc UNIQUE (sscc),
  CONSTRAINT uq_package_trace_code UNIQUE (trace_code),
  CONSTRAINT ck_package_sscc CHECK (sscc ~ '^[0-9]{18}$'),
  CONSTRAINT ck_package_trace_code CHECK (trace_code <> ''),
  CONSTRAINT ck_package_state CHECK (state IN ('open', 'closed', 'shipped', 'dissolved')),
  CONSTRAINT ck_package_not_in_itself CHECK (parent_id <> id),
  CONSTRAINT ck_package_place CHECK ((location_id IS NULL) = (state IN ('shipped', 'dissolved'))),
  CONSTRAINT fk_package_parent_id FOREIGN KEY (parent_id) REFERENCES package (id),
  CONSTRAINT fk_package_site_id FOREIGN KEY (site_id) REFERENCES site (id),
  CONSTRAINT fk_package_location_id_site_id FOREIGN KEY (location_id, site_id) REFERENCES location (id, site_id),
  CONSTRAINT fk_package_document_id FOREIGN KEY (document_id) REFERENCES document (id),
  CONSTRAINT fk_package_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_package_created_by FOREIGN KEY (created_by) REFERENCES person (id)
);
CREATE INDEX ix_package_parent_id ON package (parent_id);
CREATE INDEX ix_package_site_id ON package (site_id);
CREATE INDEX ix_package_location_id ON package (location_id);
CREATE INDEX ix_package_document_id ON package (document_id);
CREATE INDEX ix_package_run_id ON package (run_id);
CREATE INDEX ix_package_created_by ON package (created_by);

CREATE TABLE package_content (
  package_id UUID NOT NULL,
  batch_id UUID NOT NULL,
  quantity BIGINT NOT NULL,
  CONSTRAINT pk_package_content PRIMARY KEY (package_id, batch_id),
  CONSTRAINT ck_package_content_quantity CHECK (quantity > 0),
  CONSTRAINT fk_package_content_package_id FOREIGN KEY (package_id) REFERENCES package (id),
  CONSTRAINT fk_package_content_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id)
);
CREATE INDEX ix_package_content_batch_id ON package_content (batch_id);

CREATE TABLE package_serial (
  package_id UUID NOT NULL,
  serial_id UUID NOT NULL,
  batch_id UUID NOT NULL,
  current BOOLEAN DEFAULT true NOT NULL,
  CONSTRAINT pk_package_serial PRIMARY KEY (package_id, serial_id),
  CONSTRAINT fk_package_serial_serial_id_batch_id FOREIGN KEY (serial_id, batch_id) REFERENCES serial (id, batch_id),
  CONSTRAINT fk_package_serial_package_id_batch_id FOREIGN KEY (package_id, batch_id) REFERENCES package_content (package_id, batch_id)
);
CREATE INDEX ix_package_serial_serial_id ON package_serial (serial_id);
CREATE INDEX ix_package_serial_package_id ON package_serial (package_id, batch_id);
CREATE UNIQUE INDEX uq_package_serial_current ON package_serial (serial_id) WHERE current;

-- A serial is looked up by its number alone when a trace code is scanned, and in what others scan just now.
CREATE INDEX ix_serial_number ON serial (number);
CREATE INDEX ix_scan_serial_anywhere ON scan ((parsed ->> 'serial')) WHERE verdict = 'matched';
CREATE INDEX ix_scan_package ON scan (task_id) WHERE verdict = 'matched' AND parsed ? 'packages';
