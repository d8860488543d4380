-- Blocks of sealed evidence. A block covers all rows whose transaction lies in [from_tx, until_tx); until_tx is at most the
-- oldest transaction still open, so that no row can follow into a block that is closed. Each block names the hash of the
-- one before it. What the signature covers is computed where the private key is, never here (docs/decisions/0039).
CREATE TABLE seal_key (
  number INTEGER NOT NULL,
  public_key BYTEA NOT NULL,
  certificate BYTEA,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_seal_key PRIMARY KEY (number),
  CONSTRAINT uq_seal_key_public_key UNIQUE (public_key),
  CONSTRAINT ck_seal_key_sizes CHECK (
    length(public_key) = 32 AND (certificate IS NULL) = (number = 1) AND coalesce(length(certificate), 64) = 64)
);

CREATE TABLE seal_block (
  number BIGINT NOT NULL,
  from_tx XID8 NOT NULL,
  until_tx XID8 NOT NULL,
  previous BYTEA NOT NULL,
  root BYTEA NOT NULL,
  count INTEGER NOT NULL,
  sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  key_number INTEGER NOT NULL,
  hash BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  entries BYTEA NOT NULL,
  CONSTRAINT pk_seal_block PRIMARY KEY (number),
  CONSTRAINT uq_seal_block_until_tx UNIQUE (until_tx),
  CONSTRAINT uq_seal_block_previous UNIQUE (previous),
  CONSTRAINT ck_seal_block_sizes CHECK (
    count > 0 AND until_tx > from_tx AND length(previous) = 32 AND length(root) = 32 AND length(hash) = 32
    AND length(signature) = 64),
  CONSTRAINT fk_seal_block_key_number FOREIGN KEY (key_number) REFERENCES seal_key (number)
);
CREATE INDEX ix_seal_block_key_number ON seal_block (key_number);
GRANT SELECT, INSERT ON seal_key, seal_block TO xunji_app;

CREATE FUNCTION next_seal_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.recorded_at := clock_timestamp();
  IF NEW.number <> coalesce((SELECT max(k.number) FROM seal_key k), 0) + 1 THEN
    PERFORM refuse('XJ015', 'seal keys follow each other', jsonb_build_object('what', 'seal_key', 'number', NEW.number));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER next_seal_key BEFORE INSERT ON seal_key FOR EACH ROW EXECUTE FUNCTION next_seal_key();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_key
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE seal_key ENABLE ALWAYS TRIGGER refuse_change;

-- Two sealers can want the same next block: the number's key lets one of them have it, and a fork is no row of this table.
CREATE FUNCTION next_seal_block() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  last seal_block;
BEGIN
  SELECT * INTO last FROM seal_block b ORDER BY b.number DESC LIMIT 1;
  IF NEW.number <> coalesce(last.number, 0) + 1
     OR NEW.previous <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
     OR NEW.from_tx <> coalesce(last.until_tx, '0'::xid8)
     OR NEW.until_tx > pg_snapshot_xmin(pg_current_snapshot())
     OR NEW.key_number <> (SELECT max(k.number) FROM seal_key k) THEN
    PERFORM refuse('XJ015', 'blocks follow each other and end before every open transaction',
                   jsonb_build_object('what', 'seal_block', 'number', NEW.number));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER next_seal_block BEFORE INSERT ON seal_block FOR EACH ROW EXECUTE FUNCTION next_seal_block();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_block
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE seal_block ENABLE ALWAYS TRIGGER refuse_change;
