-- One more kind of transition: what is to come into force is called off before it begins.
ALTER TABLE sop_approval DROP CONSTRAINT ck_sop_approval_kind;
ALTER TABLE sop_approval ADD CONSTRAINT ck_sop_approval_kind
  CHECK (kind IN ('submit', 'approve', 'reject', 'publish', 'retire', 'withdraw'));

-- Whether somebody has signed in this transaction, over what the version is, that it is approved, comes into force or
-- goes out of it. `of_version` NULL: any version of the procedure.
CREATE FUNCTION signed_here(of_sop UUID, of_version UUID, VARIADIC kinds TEXT[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM sop_approval a
    JOIN sop_version v ON v.id = a.sop_version_id
    JOIN signature s ON s.id = a.signature_id
    WHERE v.sop_id = of_sop AND (of_version IS NULL OR v.id = of_version) AND a.kind = ANY (kinds)
      AND s.person_id = a.actor_id AND s.content_sha256 = v.sha256 AND a.tx = pg_current_xact_id())
$$;

-- What is in force, where and since when, is decided by a signature and never afterwards: it begins now or later, it ends
-- now or later, and what has ended stays as it was. Two minutes are for the time that a transaction takes.
CREATE FUNCTION keep_effectivity() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  past timestamptz := clock_now() - interval '2 minutes';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM sop_version v WHERE v.id = NEW.sop_version_id AND v.sop_id = NEW.sop_id
                   AND v.state = 'effective') THEN
      PERFORM refuse('XJ008', 'only a version that was put in force is in force',
                     jsonb_build_object('version', NEW.sop_version_id));
    END IF;
    IF NOT signed_here(NEW.sop_id, NEW.sop_version_id, 'publish') THEN
      PERFORM refuse('XJ013', 'a version comes into force by a signature', jsonb_build_object('version', NEW.sop_version_id));
    END IF;
    IF NEW.effective_from < past THEN
      PERFORM refuse('XJ014', 'a version does not come into force in the past',
                     jsonb_build_object('version', NEW.sop_version_id, 'at', NEW.effective_from));
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.sop_version_id, NEW.sop_id, NEW.effective_from)
       IS DISTINCT FROM (OLD.id, OLD.sop_version_id, OLD.sop_id, OLD.effective_from)
     OR NEW.site_id IS DISTINCT FROM OLD.site_id THEN
    PERFORM refuse('XJ014', 'where a version is in force and since when never changes',
                   jsonb_build_object('version', OLD.sop_version_id, 'at', OLD.effective_from));
  END IF;
  IF NEW.effective_to IS NOT DISTINCT FROM OLD.effective_to THEN
    RETURN NEW;
  END IF;
  IF OLD.effective_to < past OR NEW.effective_to < past THEN
    PERFORM refuse('XJ014', 'what was in force in the past stays so',
                   jsonb_build_object('version', OLD.sop_version_id, 'at', coalesce(NEW.effective_to, OLD.effective_to)));
  END IF;
  IF NOT signed_here(OLD.sop_id, NULL, 'publish', 'retire', 'withdraw') THEN
    PERFORM refuse('XJ013', 'a version goes out of force by a signature', jsonb_build_object('version', OLD.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_effectivity BEFORE INSERT OR UPDATE ON sop_effectivity
FOR EACH ROW EXECUTE FUNCTION keep_effectivity();
CREATE TRIGGER keep_effectivity_row BEFORE DELETE OR TRUNCATE ON sop_effectivity
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- As before; and a version is approved, put in force and retired by a signature over what it says, and comes back from "in force" to "approved"
-- only when it was called off everywhere before it began anywhere.
CREATE OR REPLACE FUNCTION keep_sop_version() RETURNS trigger
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
    ('approved', 'retired'), ('effective', 'superseded'), ('effective', 'retired'), ('superseded', 'retired'),
    ('effective', 'approved')) THEN
    PERFORM refuse('XJ008', 'a version does not go from ' || OLD.state || ' to ' || NEW.state,
                   jsonb_build_object('version', OLD.id, 'from', OLD.state, 'to', NEW.state));
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'in_review' AND NOT EXISTS (
    SELECT FROM sop_approval a JOIN signature s ON s.id = a.signature_id
    WHERE a.sop_version_id = NEW.id AND a.kind = 'approve' AND a.tx = pg_current_xact_id()
      AND s.person_id = a.actor_id AND s.content_sha256 = NEW.sha256) THEN
    PERFORM refuse('XJ009', 'a version is approved by a second person, who signs what it says now',
                   jsonb_build_object('version', OLD.id));
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'effective' AND (
       NOT signed_here(OLD.sop_id, OLD.id, 'withdraw')
       OR EXISTS (SELECT FROM sop_effectivity e
                  WHERE e.sop_version_id = OLD.id AND e.effective_to IS DISTINCT FROM e.effective_from)) THEN
    PERFORM refuse('XJ008', 'what is or was in force is not called off', jsonb_build_object('version', OLD.id));
  END IF;
  IF NEW.state = 'effective' AND OLD.state = 'approved' AND NOT signed_here(OLD.sop_id, OLD.id, 'publish')
     OR NEW.state = 'retired' AND OLD.state <> 'retired' AND NOT signed_here(OLD.sop_id, OLD.id, 'retire') THEN
    PERFORM refuse('XJ013', 'a version comes into force and goes out of it by a signature',
                   jsonb_build_object('version', OLD.id));
  END IF;
  RETURN NEW;
END
$$;

-- As before; and only what is in review is approved. Somebody with the name of an author is taken for that author: two
-- accounts of one person never make two persons, and namesakes are told apart by what they are called here.
CREATE OR REPLACE FUNCTION separate_author() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind <> 'approve' THEN
    RETURN NEW;
  END IF;
  IF (SELECT state FROM sop_version WHERE id = NEW.sop_version_id) <> 'in_review' THEN
    PERFORM refuse('XJ008', 'only a version in review is approved', jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  IF EXISTS (
    SELECT FROM person author JOIN person approver ON approver.id = NEW.actor_id
    WHERE (author.id = approver.id OR lower(btrim(author.name)) = lower(btrim(approver.name)))
      AND author.id IN (
        SELECT v.author_id FROM sop_version v WHERE v.id = NEW.sop_version_id
        UNION ALL SELECT r.person_id FROM sop_draft_revision r WHERE r.sop_version_id = NEW.sop_version_id)) THEN
    PERFORM refuse('XJ009', 'the author may not approve', jsonb_build_object('version', NEW.sop_version_id));
  END IF;
  RETURN NEW;
END
$$;
