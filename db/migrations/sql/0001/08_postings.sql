-- A posting happens now, by the database's clock; only loaded history gives its own instant, while the owner
-- has opened the loading window.
CREATE FUNCTION time_posting() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.loaded THEN
    NEW.occurred_at := clock_now();
  ELSIF NOT coalesce((SELECT loading_until > clock_timestamp() FROM clock_setting), false) THEN
    PERFORM refuse('XJ011', 'history is loaded only while the loading window is open');
  ELSIF NEW.occurred_at > clock_now() THEN
    PERFORM refuse('XJ011', 'loaded history lies in the past');
  END IF;
  RETURN NEW;
END
$$;

-- Named so that it comes before the stamp: triggers fire in the order of their names.
CREATE TRIGGER at_its_time BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION time_posting();

CREATE FUNCTION posting_is_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM move WHERE posting_id = NEW.id) THEN
    PERFORM refuse('XJ005', 'a posting has moves', jsonb_build_object('posting', NEW.id));
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER posting_is_whole AFTER INSERT ON posting DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION posting_is_whole();

-- The moves of a posting come in one statement of the posting's own transaction; a reversal mirrors what it
-- reverses, move by move. Called by the move trigger.
CREATE FUNCTION check_posting(posting_id uuid, given bigint) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  the_posting posting;
BEGIN
  SELECT * INTO STRICT the_posting FROM posting WHERE id = $1;
  IF the_posting.tx <> pg_current_xact_id() OR $2 <> (SELECT count(*) FROM move m WHERE m.posting_id = $1) THEN
    PERFORM refuse('XJ005', 'the moves of a posting come together with it', jsonb_build_object('posting', $1));
  END IF;
  IF the_posting.kind <> 'reversal' THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM posting p WHERE p.id = the_posting.reverses_id AND p.kind = 'reversal')
     OR $2 <> (SELECT count(*) FROM move m WHERE m.posting_id = the_posting.reverses_id)
     OR EXISTS (
       SELECT batch_id, quantity, party_id, to_kind, to_site_id, to_location_id, to_status, to_owner_id,
              from_kind, from_site_id, from_location_id, from_status, from_owner_id
       FROM move m WHERE m.posting_id = the_posting.reverses_id
       EXCEPT ALL
       SELECT batch_id, quantity, party_id, from_kind, from_site_id, from_location_id, from_status, from_owner_id,
              to_kind, to_site_id, to_location_id, to_status, to_owner_id
       FROM move m WHERE m.posting_id = $1) THEN
    PERFORM refuse('XJ005', 'a reversal mirrors what it reverses', jsonb_build_object('posting', the_posting.reverses_id));
  END IF;
END
$$;
