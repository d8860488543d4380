-- Only a draft is written on.
CREATE FUNCTION revise_a_decision_table() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT state FROM decision_table_version WHERE id = NEW.version_id) <> 'draft' THEN
    PERFORM refuse('XJ008', 'a version stands still once it has left the draft',
                   jsonb_build_object('version', NEW.version_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER revise_a_draft BEFORE INSERT ON decision_table_revision
FOR EACH ROW EXECUTE FUNCTION revise_a_decision_table();

-- Only what is in review is approved, by nobody who wrote a part of it; somebody with the name of an author is taken for
-- that author.
CREATE FUNCTION separate_decision_table_author() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind <> 'approve' THEN
    RETURN NEW;
  END IF;
  IF (SELECT state FROM decision_table_version WHERE id = NEW.version_id) <> 'in_review' THEN
    PERFORM refuse('XJ008', 'only a version in review is approved', jsonb_build_object('version', NEW.version_id));
  END IF;
  IF EXISTS (
    SELECT FROM person author JOIN person approver ON approver.id = NEW.actor_id
    WHERE (author.id = approver.id OR lower(btrim(author.name)) = lower(btrim(approver.name)))
      AND author.id IN (
        SELECT v.author_id FROM decision_table_version v WHERE v.id = NEW.version_id
        UNION ALL SELECT r.person_id FROM decision_table_revision r WHERE r.version_id = NEW.version_id)) THEN
    PERFORM refuse('XJ009', 'the author may not approve', jsonb_build_object('version', NEW.version_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER separate_author BEFORE INSERT ON decision_table_approval
FOR EACH ROW EXECUTE FUNCTION separate_decision_table_author();

-- A version begins as a draft, stands still in review, and is approved for ever by a signature over what it says.
CREATE FUNCTION keep_decision_table_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN
      PERFORM refuse('XJ008', 'a version begins as a draft', jsonb_build_object('version', NEW.id));
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.key, NEW.origin, NEW.author_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.key, OLD.origin, OLD.author_id, OLD.created_at)
     OR (NEW.vendor_version, NEW.based_on_id) IS DISTINCT FROM (OLD.vendor_version, OLD.based_on_id)
     OR (OLD.state <> 'draft' AND (NEW.content, NEW.source, NEW.sha256, NEW.number, NEW.revision)
         IS DISTINCT FROM (OLD.content, OLD.source, OLD.sha256, OLD.number, OLD.revision)) THEN
    PERFORM refuse('XJ008', 'a version stands still once it has left the draft', jsonb_build_object('version', OLD.id));
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved')) THEN
    PERFORM refuse('XJ008', 'a version does not go from ' || OLD.state || ' to ' || NEW.state,
                   jsonb_build_object('version', OLD.id, 'from', OLD.state, 'to', NEW.state));
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'in_review' AND NOT EXISTS (
    SELECT FROM decision_table_approval a JOIN signature s ON s.id = a.signature_id
    WHERE a.version_id = NEW.id AND a.kind = 'approve' AND a.tx = pg_current_xact_id()
      AND s.person_id = a.actor_id AND s.content_sha256 = NEW.sha256) THEN
    PERFORM refuse('XJ009', 'a version is approved by a second person, who signs what it says now',
                   jsonb_build_object('version', OLD.id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_version BEFORE INSERT OR UPDATE ON decision_table_version
FOR EACH ROW EXECUTE FUNCTION keep_decision_table_version();
CREATE TRIGGER keep_version_row BEFORE DELETE OR TRUNCATE ON decision_table_version
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
