-- A version begins as a draft, goes through its states in order, and stands still once it has left the draft.
CREATE FUNCTION keep_sop_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN
      PERFORM refuse('XJ008', 'a version begins as a draft', jsonb_build_object('version', NEW.id));
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.sop_id, NEW.origin, NEW.author_id, NEW.created_at)
     IS DISTINCT FROM (OLD.sop_id, OLD.origin, OLD.author_id, OLD.created_at)
     OR (OLD.state <> 'draft' AND (NEW.definition, NEW.source) IS DISTINCT FROM (OLD.definition, OLD.source))
     OR (OLD.state NOT IN ('draft', 'in_review')
         AND (NEW.bundle, NEW.sha256) IS DISTINCT FROM (OLD.bundle, OLD.sha256))
     OR (OLD.state NOT IN ('draft', 'in_review') AND OLD.version IS NOT NULL
         AND NEW.version IS DISTINCT FROM OLD.version) THEN
    PERFORM refuse('XJ008', 'a version stands still once it has left the draft', jsonb_build_object('version', OLD.id));
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'effective'),
    ('approved', 'retired'), ('effective', 'superseded'), ('effective', 'retired'), ('superseded', 'retired')) THEN
    PERFORM refuse('XJ008', 'a version does not go from ' || OLD.state || ' to ' || NEW.state,
                   jsonb_build_object('version', OLD.id, 'from', OLD.state, 'to', NEW.state));
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'in_review' AND NOT EXISTS (
    SELECT FROM sop_approval a
    WHERE a.sop_version_id = NEW.id AND a.kind = 'approve' AND a.actor_id <> NEW.author_id) THEN
    PERFORM refuse('XJ009', 'a version is approved by a second person', jsonb_build_object('version', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_sop_version BEFORE INSERT OR UPDATE ON sop_version
FOR EACH ROW EXECUTE FUNCTION keep_sop_version();
CREATE TRIGGER keep_sop_version_row BEFORE DELETE OR TRUNCATE ON sop_version
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

CREATE FUNCTION separate_author() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'approve' AND NEW.actor_id = (SELECT author_id FROM sop_version WHERE id = NEW.sop_version_id) THEN
    PERFORM refuse('XJ009', 'the author may not approve', jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER separate_author BEFORE INSERT ON sop_approval FOR EACH ROW EXECUTE FUNCTION separate_author();
