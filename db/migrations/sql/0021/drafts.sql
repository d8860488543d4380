-- What a draft said after each change. Undo goes back to an earlier one; none is ever changed or taken away.
ALTER TABLE sop_version ADD COLUMN revision INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE sop_version ADD COLUMN based_on_id UUID;
ALTER TABLE sop_version ADD CONSTRAINT fk_sop_version_based_on_id FOREIGN KEY (based_on_id) REFERENCES sop_version (id);
CREATE INDEX ix_sop_version_based_on_id ON sop_version (based_on_id);

CREATE TABLE sop_draft_revision (
  id UUID DEFAULT uuidv7() NOT NULL,
  sop_version_id UUID NOT NULL,
  number INTEGER NOT NULL,
  before INTEGER,
  source TEXT NOT NULL,
  what_zh TEXT NOT NULL,
  what_en TEXT NOT NULL,
  person_id UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_sop_draft_revision PRIMARY KEY (id),
  CONSTRAINT uq_sop_draft_revision_sop_version_id_number UNIQUE (sop_version_id, number),
  CONSTRAINT ck_sop_draft_revision_before CHECK (before < number),
  CONSTRAINT fk_sop_draft_revision_sop_version_id FOREIGN KEY (sop_version_id) REFERENCES sop_version (id),
  CONSTRAINT fk_sop_draft_revision_person_id FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX ix_sop_draft_revision_person_id ON sop_draft_revision (person_id);
GRANT SELECT, INSERT ON sop_draft_revision TO xunji_app;
CREATE TRIGGER keep_sop_draft_revision BEFORE UPDATE OR DELETE OR TRUNCATE ON sop_draft_revision
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- Only a draft is written on.
CREATE FUNCTION revise_a_draft() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT state FROM sop_version WHERE id = NEW.sop_version_id) <> 'draft' THEN
    PERFORM refuse('XJ008', 'a version stands still once it has left the draft',
                   jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER revise_a_draft BEFORE INSERT ON sop_draft_revision FOR EACH ROW EXECUTE FUNCTION revise_a_draft();

-- Whoever wrote a part of it is an author of it.
CREATE OR REPLACE FUNCTION separate_author() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'approve' AND (
       NEW.actor_id = (SELECT author_id FROM sop_version WHERE id = NEW.sop_version_id)
       OR EXISTS (SELECT FROM sop_draft_revision r
                  WHERE r.sop_version_id = NEW.sop_version_id AND r.person_id = NEW.actor_id)) THEN
    PERFORM refuse('XJ009', 'the author may not approve', jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;
