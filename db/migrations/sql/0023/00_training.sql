-- A training is on record for ever: somebody recorded it, or the person has read the version, answered the questions and
-- signed (GSP 31-36; 21 CFR 11.10(i)).
ALTER TABLE training_record ADD COLUMN how TEXT DEFAULT 'recorded' NOT NULL;
ALTER TABLE training_record ADD COLUMN answers JSONB;
ALTER TABLE training_record ADD COLUMN signature_id UUID;
ALTER TABLE training_record ADD CONSTRAINT ck_training_record_how CHECK (how IN ('recorded', 'read'));
ALTER TABLE training_record ADD CONSTRAINT ck_training_record_signed CHECK ((how = 'read') = (signature_id IS NOT NULL));
ALTER TABLE training_record ADD CONSTRAINT fk_training_record_signature_id
  FOREIGN KEY (signature_id) REFERENCES signature (id);
CREATE INDEX ix_training_record_signature_id ON training_record (signature_id);
REVOKE UPDATE ON training_record FROM xunji_app;
CREATE TRIGGER keep_training_record BEFORE UPDATE OR DELETE OR TRUNCATE ON training_record
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- Nobody signs for another person that a version was read.
CREATE FUNCTION read_in_person() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.how = 'read' AND (NEW.recorded_by <> NEW.person_id OR NOT EXISTS (
       SELECT FROM signature s
       WHERE s.id = NEW.signature_id AND s.person_id = NEW.person_id AND s.purpose = 'training.read')) THEN
    PERFORM refuse('XJ013', 'that a version was read is signed by who has read it',
                   jsonb_build_object('person', NEW.person_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER read_in_person BEFORE INSERT ON training_record FOR EACH ROW EXECUTE FUNCTION read_in_person();

-- What a message is about, where it is no run.
ALTER TABLE notification ADD COLUMN link TEXT;
ALTER TABLE notification ADD CONSTRAINT ck_notification_link CHECK (link ~ '^/[a-z]');
