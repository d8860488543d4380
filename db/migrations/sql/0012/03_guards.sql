-- A recall is sealed, closed when every difference is nothing or explained, and opened again by what turns up later.
CREATE FUNCTION keep_recall() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  open record;
BEGIN
  IF (NEW.document_id, NEW.class_name, NEW.profile, NEW.drill, NEW.opened_at)
     IS DISTINCT FROM (OLD.document_id, OLD.class_name, OLD.profile, OLD.drill, OLD.opened_at)
     OR (OLD.sealed_at IS NOT NULL AND NEW.sealed_at IS DISTINCT FROM OLD.sealed_at) THEN
    PERFORM refuse('XJ007', 'what a recall is never changes', jsonb_build_object('table', 'recall', 'id', OLD.document_id));
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('open', 'sealed'), ('sealed', 'closed'), ('closed', 'reopened'), ('reopened', 'closed'))
    AND NOT ((OLD.state, NEW.state) = ('open', 'closed') AND (OLD.drill OR NOT EXISTS (
      SELECT FROM recall_batch b WHERE b.document_id = OLD.document_id))) THEN
    PERFORM refuse('XJ121', 'a recall does not go from ' || OLD.state || ' to ' || NEW.state,
                   jsonb_build_object('recall', OLD.document_id, 'from', OLD.state, 'to', NEW.state));
  END IF;
  IF NEW.state = 'closed' AND OLD.state <> 'closed' THEN
    SELECT b.batch_id, b.party_id, b.unaccounted INTO open
    FROM recall_balance(OLD.document_id) b WHERE b.unaccounted <> b.explained LIMIT 1;
    IF FOUND THEN
      PERFORM refuse('XJ120', 'shipped is not recovered + consumed + destroyed, and the difference is not explained',
                     jsonb_build_object('recall', OLD.document_id, 'batch', open.batch_id, 'party', open.party_id,
                                        'unaccounted', open.unaccounted));
    END IF;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_recall BEFORE UPDATE ON recall FOR EACH ROW EXECUTE FUNCTION keep_recall();

-- Batches join a recall until it is closed; a hold is given to each once.
CREATE FUNCTION keep_recall_batch() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.hold_id IS NOT NULL OR (to_jsonb(NEW) - 'hold_id') IS DISTINCT FROM (to_jsonb(OLD) - 'hold_id'))
  THEN
    PERFORM refuse('XJ007', 'a batch of a recall never changes', jsonb_build_object('table', 'recall_batch', 'id', OLD.batch_id));
  END IF;
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM recall r WHERE r.document_id = NEW.document_id AND r.state = 'closed') THEN
    PERFORM refuse('XJ121', 'a closed recall takes no batch', jsonb_build_object(
      'recall', NEW.document_id, 'from', 'closed', 'to', 'open'));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_recall_batch BEFORE INSERT OR UPDATE ON recall_batch
FOR EACH ROW EXECUTE FUNCTION keep_recall_batch();

-- What a recall has sealed stays sealed until the recall is closed.
CREATE FUNCTION keep_recall_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM recall_batch b JOIN recall r ON r.document_id = b.document_id
    WHERE b.hold_id = OLD.id AND r.state <> 'closed') THEN
    PERFORM refuse('XJ122', 'the batch is under recall', jsonb_build_object('hold', OLD.id, 'batch', OLD.batch_id));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_recall_hold BEFORE UPDATE ON hold FOR EACH ROW
WHEN (OLD.kind = 'recall' AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION keep_recall_hold();

-- New evidence: goods that come back, a later answer. A closed recall is open again from that moment.
CREATE FUNCTION reopen_recall(the_recall uuid, the_batch uuid, the_party uuid, actor uuid, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE recall r SET state = 'reopened', reopened_at = clock_now()
  WHERE r.document_id = the_recall AND r.state = 'closed';
  IF FOUND THEN
    UPDATE document SET state = 'open' WHERE id = the_recall AND state = 'closed';
    INSERT INTO recall_record (document_id, kind, party_id, batch_id, data, actor_id, occurred_at)
    VALUES (the_recall, 'reopened', the_party, the_batch, jsonb_build_object('because', why), actor, clock_now());
  END IF;
END
$$;
REVOKE ALL ON FUNCTION reopen_recall(uuid, uuid, uuid, uuid, text) FROM PUBLIC;

CREATE FUNCTION reopen_recalls() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_moves WHERE from_kind = 'customer') THEN
    PERFORM reopen_recall(r.document_id, n.batch_id, n.party_id, p.actor_id, 'returned')
    FROM new_moves n
    JOIN posting p ON p.id = n.posting_id
    JOIN recall_batch b ON b.batch_id = n.batch_id
    JOIN recall r ON r.document_id = b.document_id AND r.state = 'closed' AND NOT r.drill
    WHERE n.from_kind = 'customer';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER reopen_recalls AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION reopen_recalls();

CREATE FUNCTION reopen_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM reopen_recall(NEW.document_id, NEW.batch_id, NEW.party_id, NEW.actor_id, 'answered');
  RETURN NULL;
END
$$;

CREATE TRIGGER reopen_answered AFTER INSERT ON recall_record FOR EACH ROW
WHEN (NEW.kind = 'answered') EXECUTE FUNCTION reopen_answered();
