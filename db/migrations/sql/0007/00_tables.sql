-- The shelf life that a customer asks for on what it is sent; a line of an order may ask for more.
ALTER TABLE party ADD COLUMN min_remaining_days integer;
ALTER TABLE party ADD CONSTRAINT ck_party_min_remaining_days CHECK (min_remaining_days BETWEEN 0 AND 36600);

ALTER TABLE balance ADD COLUMN reserved bigint DEFAULT 0 NOT NULL;
ALTER TABLE balance ADD CONSTRAINT ck_balance_reserved CHECK (reserved >= 0 AND reserved <= quantity);

CREATE TABLE reservation (
  id uuid DEFAULT uuidv7() NOT NULL,
  document_line_id uuid NOT NULL,
  site_id uuid NOT NULL,
  location_id uuid NOT NULL,
  batch_id uuid NOT NULL,
  status text DEFAULT 'qualified' NOT NULL,
  owner_id uuid NOT NULL,
  quantity bigint NOT NULL,
  state text DEFAULT 'open' NOT NULL,
  used bigint,
  reason text,
  continues_id uuid,
  made_by_run uuid,
  made_path text,
  made_by uuid NOT NULL,
  made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  ended_by_run uuid,
  ended_path text,
  ended_by uuid,
  ended_at timestamp with time zone,
  ended_reason text,
  CONSTRAINT pk_reservation PRIMARY KEY (id),
  CONSTRAINT uq_reservation_continues_id UNIQUE (continues_id),
  CONSTRAINT ck_reservation_status CHECK (status IN ('qualified')),
  CONSTRAINT ck_reservation_quantity CHECK (quantity > 0),
  CONSTRAINT ck_reservation_state CHECK (state IN ('open', 'consumed', 'released')),
  CONSTRAINT ck_reservation_used CHECK (
    CASE WHEN state = 'consumed' THEN used IS NOT NULL AND used > 0 AND used <= quantity ELSE used IS NULL END),
  CONSTRAINT ck_reservation_ended CHECK (
    CASE WHEN state = 'open' THEN num_nonnulls(ended_at, ended_by) = 0 ELSE num_nulls(ended_at, ended_by) = 0 END),
  CONSTRAINT fk_reservation_document_line_id FOREIGN KEY (document_line_id) REFERENCES document_line (id),
  CONSTRAINT fk_reservation_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id),
  CONSTRAINT fk_reservation_site_id_location_id_batch_id_status_owner_id
    FOREIGN KEY (site_id, location_id, batch_id, status, owner_id)
    REFERENCES balance (site_id, location_id, batch_id, status, owner_id),
  CONSTRAINT fk_reservation_continues_id FOREIGN KEY (continues_id) REFERENCES reservation (id),
  CONSTRAINT fk_reservation_made_by_run FOREIGN KEY (made_by_run) REFERENCES run (id),
  CONSTRAINT fk_reservation_made_by FOREIGN KEY (made_by) REFERENCES person (id),
  CONSTRAINT fk_reservation_ended_by_run FOREIGN KEY (ended_by_run) REFERENCES run (id),
  CONSTRAINT fk_reservation_ended_by FOREIGN KEY (ended_by) REFERENCES person (id)
);
CREATE INDEX ix_reservation_document_line_id ON reservation (document_line_id);
CREATE INDEX ix_reservation_batch_id ON reservation (batch_id);
CREATE INDEX ix_reservation_position ON reservation (site_id, location_id, batch_id, status, owner_id)
  WHERE state = 'open';

CREATE INDEX ix_reservation_made_by_run ON reservation (made_by_run);
CREATE INDEX ix_reservation_made_by ON reservation (made_by);
CREATE INDEX ix_reservation_ended_by_run ON reservation (ended_by_run);
CREATE INDEX ix_reservation_ended_by ON reservation (ended_by);

-- the application says how a reservation ends, and nothing else about it
GRANT SELECT, INSERT ON reservation TO xunji_app;
GRANT UPDATE (state, used, ended_by_run, ended_path, ended_by, ended_at, ended_reason) ON reservation TO xunji_app;
