-- A text within a number or a name is found without reading every row (decision 0043).
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX ix_run_text ON run
  USING gin (business_key gin_trgm_ops, summary_zh gin_trgm_ops, summary_en gin_trgm_ops);
CREATE INDEX ix_document_text ON document USING gin (number gin_trgm_ops);
CREATE INDEX ix_batch_text ON batch USING gin (number gin_trgm_ops);
