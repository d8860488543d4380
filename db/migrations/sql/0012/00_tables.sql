-- Recalls: what is recalled, what stood where when it was sealed, and what every consignee said.
CREATE TABLE recall (
  document_id UUID NOT NULL,
  run_id UUID,
  class_name TEXT NOT NULL,
  profile TEXT NOT NULL,
  drill BOOLEAN DEFAULT false NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  sealed_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  reopened_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_recall PRIMARY KEY (document_id),
  CONSTRAINT ck_recall_class_name CHECK (class_name IN ('I', 'II', 'III')),
  CONSTRAINT ck_recall_state CHECK (state IN ('open', 'sealed', 'closed', 'reopened')),
  CONSTRAINT ck_recall_sealed CHECK (state <> 'sealed' OR sealed_at IS NOT NULL),
  CONSTRAINT fk_recall_document_id FOREIGN KEY (document_id) REFERENCES document (id),
  CONSTRAINT fk_recall_run_id FOREIGN KEY (run_id) REFERENCES run (id)
);
CREATE INDEX ix_recall_run_id ON recall (run_id);

CREATE TABLE recall_batch (
  document_id UUID NOT NULL,
  batch_id UUID NOT NULL,
  because TEXT NOT NULL,
  hold_id UUID,
  added_by UUID NOT NULL,
  added_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_recall_batch PRIMARY KEY (document_id, batch_id),
  CONSTRAINT fk_recall_batch_document_id FOREIGN KEY (document_id) REFERENCES recall (document_id),
  CONSTRAINT fk_recall_batch_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id),
  CONSTRAINT fk_recall_batch_hold_id FOREIGN KEY (hold_id) REFERENCES hold (id),
  CONSTRAINT fk_recall_batch_added_by FOREIGN KEY (added_by) REFERENCES person (id)
);
CREATE INDEX ix_recall_batch_batch_id ON recall_batch (batch_id);
CREATE INDEX ix_recall_batch_hold_id ON recall_batch (hold_id);
CREATE INDEX ix_recall_batch_added_by ON recall_batch (added_by);

CREATE TABLE recall_position (
  id UUID DEFAULT uuidv7() NOT NULL,
  document_id UUID NOT NULL,
  batch_id UUID NOT NULL,
  kind TEXT NOT NULL,
  site_id UUID,
  source_document_id UUID,
  quantity BIGINT NOT NULL,
  CONSTRAINT pk_recall_position PRIMARY KEY (id),
  CONSTRAINT ck_recall_position_kind CHECK (kind IN ('on_hand', 'reserved', 'in_transit', 'in_return')),
  CONSTRAINT ck_recall_position_quantity CHECK (quantity > 0),
  CONSTRAINT fk_recall_position_document_id_batch_id FOREIGN KEY (document_id, batch_id)
    REFERENCES recall_batch (document_id, batch_id),
  CONSTRAINT fk_recall_position_site_id FOREIGN KEY (site_id) REFERENCES site (id),
  CONSTRAINT fk_recall_position_source_document_id FOREIGN KEY (source_document_id) REFERENCES document (id)
);
CREATE INDEX ix_recall_position_document_id ON recall_position (document_id, batch_id);
CREATE INDEX ix_recall_position_site_id ON recall_position (site_id);
CREATE INDEX ix_recall_position_source_document_id ON recall_position (source_document_id);

CREATE TABLE recall_record (
  id UUID DEFAULT uuidv7() NOT NULL,
  document_id UUID NOT NULL,
  kind TEXT NOT NULL,
  party_id UUID,
  batch_id UUID,
  on_hand BIGINT,
  consumed BIGINT,
  destroyed BIGINT,
  quantity BIGINT,
  data JSONB DEFAULT '{}' NOT NULL,
  run_id UUID,
  path TEXT,
  actor_id UUID NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  tx XID8 NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  row_hash BYTEA NOT NULL,
  hash_version SMALLINT NOT NULL,
  CONSTRAINT pk_recall_record PRIMARY KEY (id),
  CONSTRAINT ck_recall_record_kind
    CHECK (kind IN ('notified', 'acknowledged', 'answered', 'explained', 'closed', 'reopened')),
  CONSTRAINT ck_recall_record_of
    CHECK (CASE WHEN kind IN ('answered', 'explained') THEN num_nulls(party_id, batch_id) = 0
           WHEN kind IN ('notified', 'acknowledged') THEN party_id IS NOT NULL ELSE true END),
  CONSTRAINT ck_recall_record_answer
    CHECK (CASE WHEN kind = 'answered' THEN num_nulls(on_hand, consumed, destroyed) = 0
           AND least(on_hand, consumed, destroyed) >= 0 ELSE num_nonnulls(on_hand, consumed, destroyed) = 0 END),
  CONSTRAINT ck_recall_record_quantity CHECK (kind <> 'explained' OR quantity <> 0),
  CONSTRAINT fk_recall_record_document_id FOREIGN KEY (document_id) REFERENCES recall (document_id),
  CONSTRAINT fk_recall_record_party_id FOREIGN KEY (party_id) REFERENCES party (id),
  CONSTRAINT fk_recall_record_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id),
  CONSTRAINT fk_recall_record_run_id FOREIGN KEY (run_id) REFERENCES run (id),
  CONSTRAINT fk_recall_record_actor_id FOREIGN KEY (actor_id) REFERENCES person (id)
);
CREATE INDEX ix_recall_record_said ON recall_record (document_id, kind, batch_id, party_id, id);
CREATE INDEX ix_recall_record_party_id ON recall_record (party_id);
CREATE INDEX ix_recall_record_batch_id ON recall_record (batch_id);
CREATE INDEX ix_recall_record_run_id ON recall_record (run_id);
CREATE INDEX ix_recall_record_actor_id ON recall_record (actor_id);

-- Who got how much of a batch is one range of one index, however long the ledger is.
CREATE INDEX ix_move_consignee ON move (batch_id, party_id) INCLUDE (posting_id, quantity, from_kind, to_kind)
  WHERE to_kind = 'customer' OR from_kind = 'customer';

GRANT SELECT, INSERT ON recall_record, recall_position TO xunji_app;
GRANT SELECT, INSERT ON recall, recall_batch TO xunji_app;
GRANT UPDATE (run_id, state, sealed_at, closed_at) ON recall TO xunji_app;
GRANT UPDATE (hold_id) ON recall_batch TO xunji_app;
