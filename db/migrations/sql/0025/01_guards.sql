-- An order is proposed once and decided once; who approves it is another person than who proposed it - also by name, as
-- for versions - and signs what it says: the version and every run with the version that it leaves.
CREATE FUNCTION keep_changeover() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' THEN
      PERFORM refuse('XJ151', 'an order begins as a proposal', jsonb_build_object('order', NEW.id));
    END IF;
    IF NOT EXISTS (SELECT FROM sop_version v WHERE v.id = NEW.sop_version_id AND v.sop_id = NEW.sop_id
                   AND v.sha256 = NEW.sha256 AND v.state IN ('approved', 'effective')) THEN
      PERFORM refuse('XJ151', 'runs go over to an approved version only', jsonb_build_object('order', NEW.id));
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'proposed'
     OR (NEW.id, NEW.sop_id, NEW.sop_version_id, NEW.sha256, NEW.reason, NEW.content_hash, NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.id, OLD.sop_id, OLD.sop_version_id, OLD.sha256, OLD.reason, OLD.content_hash, OLD.proposed_by, OLD.proposed_at) THEN
    PERFORM refuse('XJ151', 'an order stands still, and is decided once', jsonb_build_object('order', OLD.id));
  END IF;
  IF NEW.state = 'approved' THEN
    IF EXISTS (SELECT FROM person one JOIN person other ON other.id = NEW.decided_by
               WHERE one.id = NEW.proposed_by
                 AND (one.id = other.id OR lower(btrim(one.name)) = lower(btrim(other.name)))) THEN
      PERFORM refuse('XJ009', 'who proposed an order does not approve it', jsonb_build_object('order', OLD.id));
    END IF;
    IF NOT EXISTS (SELECT FROM signature s WHERE s.id = NEW.signature_id AND s.person_id = NEW.decided_by
                   AND s.content_sha256 = NEW.content_hash AND s.tx = pg_current_xact_id()) THEN
      PERFORM refuse('XJ151', 'an order is approved by a signature over what it says', jsonb_build_object('order', OLD.id));
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_changeover BEFORE INSERT OR UPDATE ON changeover FOR EACH ROW EXECUTE FUNCTION keep_changeover();
CREATE TRIGGER keep_changeover_row BEFORE DELETE OR TRUNCATE ON changeover FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- Its runs are named when it is proposed. What became of one is written once, and names the transaction that wrote it.
CREATE FUNCTION keep_changeover_run() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  decided text := (SELECT state FROM changeover WHERE id = NEW.changeover_id);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF decided <> 'proposed' OR NEW.result IS NOT NULL OR NEW.submission_id IS NOT NULL THEN
      PERFORM refuse('XJ151', 'the runs of an order are named when it is proposed', jsonb_build_object('run', NEW.run_id));
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.changeover_id, NEW.run_id, NEW.from_version_id, NEW.from_sha256, NEW.foreseen)
     IS DISTINCT FROM (OLD.id, OLD.changeover_id, OLD.run_id, OLD.from_version_id, OLD.from_sha256, OLD.foreseen)
     OR OLD.result IS NOT NULL
     OR (OLD.submission_id IS NOT NULL AND NEW.submission_id IS DISTINCT FROM OLD.submission_id)
     OR decided <> 'approved' THEN
    PERFORM refuse('XJ151', 'what became of a run in an order is written once', jsonb_build_object('run', OLD.run_id));
  END IF;
  NEW.settled_tx := CASE WHEN NEW.result IS NULL THEN NULL ELSE pg_current_xact_id() END;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_changeover_run BEFORE INSERT OR UPDATE ON changeover_run
FOR EACH ROW EXECUTE FUNCTION keep_changeover_run();
CREATE TRIGGER keep_changeover_run_row BEFORE DELETE OR TRUNCATE ON changeover_run
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- A run keeps its version. It changes together with the result of an approved order for this run, from the version that
-- the run has to the one that was signed, once the run itself has accepted it.
CREATE FUNCTION keep_run_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.sop_id, NEW.sop_version_id, NEW.sha256, NEW.changeovers)
     IS NOT DISTINCT FROM (OLD.sop_id, OLD.sop_version_id, OLD.sha256, OLD.changeovers) THEN
    RETURN NEW;
  END IF;
  IF NEW.sop_id <> OLD.sop_id OR NEW.changeovers <> OLD.changeovers + 1 OR NOT EXISTS (
    SELECT FROM changeover_run r
    JOIN changeover c ON c.id = r.changeover_id
    JOIN submission s ON s.id = r.submission_id
    JOIN submission_verdict v ON v.submission_id = s.id
    WHERE r.run_id = OLD.id AND r.result = 'moved' AND r.settled_tx = pg_current_xact_id()
      AND r.from_version_id = OLD.sop_version_id AND r.from_sha256 = OLD.sha256
      AND c.state = 'approved' AND c.sop_version_id = NEW.sop_version_id AND c.sha256 = NEW.sha256
      AND s.kind = 'changeover' AND s.run_id = OLD.id AND s.signature_id = c.signature_id
      AND v.accepted AND v.tx = pg_current_xact_id()) THEN
    PERFORM refuse('XJ150', 'a run keeps its version unless a signed order moves it', jsonb_build_object('run', OLD.id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_run_version BEFORE UPDATE OF sop_id, sop_version_id, sha256, changeovers ON run
FOR EACH ROW EXECUTE FUNCTION keep_run_version();
