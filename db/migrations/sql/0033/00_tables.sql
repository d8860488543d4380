-- What a tombstone names beside the contents of the archive: digest and size of the attachments that went with it.
ALTER TABLE tombstone ADD COLUMN attachments JSONB;
CREATE INDEX ix_tombstone_attachments ON tombstone USING gin (attachments jsonb_path_ops);

-- Who uses an attachment beside the run that it was added to: another run, or a document (of a run or of none).
CREATE TABLE attachment_use (
  attachment_id UUID NOT NULL,
  used_by UUID NOT NULL,
  run_id UUID,
  CONSTRAINT pk_attachment_use PRIMARY KEY (attachment_id, used_by),
  CONSTRAINT fk_attachment_use_attachment_id FOREIGN KEY (attachment_id) REFERENCES attachment (id),
  CONSTRAINT fk_attachment_use_run_id FOREIGN KEY (run_id) REFERENCES run (id)
);
CREATE INDEX ix_attachment_use_run_id ON attachment_use (run_id);
GRANT SELECT ON attachment_use TO xunji_app;

-- All classes of records that the goods ever had: a class that was taken back keeps what it kept.
ALTER TABLE material ADD COLUMN kept_as TEXT[] DEFAULT '{}' NOT NULL;

-- The longest of a run's own rules when it was archived (no day: for ever), and the batches that it had touched:
-- less is never asked for again. Lists of what is due read it instead of asking every archive.
CREATE TABLE retention_floor (
  run_id UUID NOT NULL,
  rule TEXT NOT NULL,
  about TEXT NOT NULL,
  until DATE,
  batch_ids UUID[] DEFAULT '{}' NOT NULL,
  gone BOOLEAN DEFAULT false NOT NULL,
  CONSTRAINT pk_retention_floor PRIMARY KEY (run_id),
  CONSTRAINT fk_retention_floor_run_id FOREIGN KEY (run_id) REFERENCES run (id)
);
CREATE INDEX ix_retention_floor_until ON retention_floor (until, run_id) WHERE NOT gone;
GRANT SELECT ON retention_floor TO xunji_app;
