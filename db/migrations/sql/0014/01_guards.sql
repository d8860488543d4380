-- The mod-10 check digit of GS1 (GenSpecs 7.9): weights 3 and 1 from the right.
CREATE FUNCTION gs1_check_digit_fits(digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT digits ~ '^[0-9]{2,}$' AND (
    SELECT sum(substr(digits, place, 1)::int * CASE WHEN (length(digits) - place) % 2 = 1 THEN 3 ELSE 1 END)
    FROM generate_series(1, length(digits)) AS place) % 10 = 0
$$;

CREATE FUNCTION check_sscc() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT gs1_check_digit_fits(NEW.sscc) THEN
    PERFORM refuse('XJ143', 'the check digit of the SSCC does not fit', jsonb_build_object('sscc', NEW.sscc));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER check_sscc BEFORE INSERT ON package FOR EACH ROW EXECUTE FUNCTION check_sscc();

-- What a package is called never changes; its state goes one way, but a closed one may be opened again.
CREATE FUNCTION keep_package() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.sscc, NEW.created_by, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.sscc, OLD.created_by, OLD.created_at) THEN
    PERFORM refuse('XJ007', 'the name of a package never changes', jsonb_build_object('table', 'package', 'id', OLD.id));
  END IF;
  IF OLD.state IN ('shipped', 'dissolved') THEN
    PERFORM refuse('XJ140', 'what has left or is dissolved stays as it was',
                   jsonb_build_object('sscc', OLD.sscc, 'state', OLD.state));
  END IF;
  IF NEW.state = 'shipped' AND OLD.state <> 'closed' THEN
    PERFORM refuse('XJ140', 'a package is closed before it leaves',
                   jsonb_build_object('sscc', OLD.sscc, 'state', OLD.state));
  END IF;
  IF NEW.state = 'dissolved' AND (
       EXISTS (SELECT FROM package_content c WHERE c.package_id = NEW.id)
       OR EXISTS (SELECT FROM package p WHERE p.parent_id = NEW.id)) THEN
    PERFORM refuse('XJ140', 'a package that holds something is not dissolved',
                   jsonb_build_object('sscc', OLD.sscc, 'state', OLD.state));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_package BEFORE UPDATE ON package FOR EACH ROW EXECUTE FUNCTION keep_package();
CREATE TRIGGER keep_package_row BEFORE DELETE OR TRUNCATE ON package FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- A package stands in one other at most, never in itself by any way round; both stand at one place. Each
-- ancestor's row is locked on the way up, so that two who nest crosswise meet.
CREATE FUNCTION nest_package() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  above package;
  steps int := 0;
BEGIN
  IF NEW.parent_id IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO STRICT above FROM package p WHERE p.id = NEW.parent_id FOR UPDATE;
  IF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
    IF above.state <> 'open' OR (above.site_id, above.location_id) IS DISTINCT FROM (NEW.site_id, NEW.location_id) THEN
      PERFORM refuse('XJ140', 'a package goes into an open one at the same place',
                     jsonb_build_object('sscc', above.sscc, 'state', above.state));
    END IF;
  END IF;
  LOOP
    IF above.id = NEW.id OR steps > 20 THEN
      PERFORM refuse('XJ141', 'a package cannot stand in itself', jsonb_build_object('sscc', NEW.sscc));
    END IF;
    EXIT WHEN above.parent_id IS NULL;
    SELECT * INTO STRICT above FROM package p WHERE p.id = above.parent_id FOR UPDATE;
    steps := steps + 1;
  END LOOP;
  RETURN NEW;
END
$$;

CREATE TRIGGER nest_package BEFORE INSERT OR UPDATE OF parent_id ON package
FOR EACH ROW EXECUTE FUNCTION nest_package();

-- Only an open package is filled or emptied.
CREATE FUNCTION fill_package() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  filled package;
BEGIN
  SELECT * INTO STRICT filled FROM package p
  WHERE p.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.package_id ELSE NEW.package_id END FOR UPDATE;
  IF filled.state <> 'open' THEN
    PERFORM refuse('XJ140', 'only an open package is filled or emptied',
                   jsonb_build_object('sscc', filled.sscc, 'state', filled.state));
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER fill_package BEFORE INSERT OR UPDATE OR DELETE ON package_content
FOR EACH ROW EXECUTE FUNCTION fill_package();

-- A serial is in one package at a time; one that has left with its package may be packed again when it is back.
CREATE FUNCTION fill_package_serial() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  other record;
BEGIN
  SELECT p.sscc, s.number INTO other
  FROM package_serial o JOIN package p ON p.id = o.package_id JOIN serial s ON s.id = o.serial_id
  WHERE o.serial_id = NEW.serial_id AND o.current;
  IF FOUND THEN
    PERFORM refuse('XJ142', 'the serial is in another package',
                   jsonb_build_object('serial', other.number, 'sscc', other.sscc));
  END IF;
  NEW.current := true;
  RETURN NEW;
END
$$;

CREATE TRIGGER fill_package BEFORE INSERT OR DELETE ON package_serial
FOR EACH ROW EXECUTE FUNCTION fill_package();
CREATE TRIGGER fill_package_serial BEFORE INSERT ON package_serial
FOR EACH ROW EXECUTE FUNCTION fill_package_serial();

CREATE FUNCTION leave_with_package() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE package_serial SET current = false WHERE package_id = NEW.id AND current;
  RETURN NULL;
END
$$;

CREATE TRIGGER leave_with_package AFTER UPDATE OF state ON package
FOR EACH ROW WHEN (NEW.state = 'shipped') EXECUTE FUNCTION leave_with_package();

-- A package names all serials of a batch in it, or none.
CREATE FUNCTION count_package_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  named bigint;
  held bigint;
BEGIN
  SELECT c.quantity INTO held FROM package_content c
  WHERE c.package_id = NEW.package_id AND c.batch_id = NEW.batch_id;
  SELECT count(*) INTO named FROM package_serial s
  WHERE s.package_id = NEW.package_id AND s.batch_id = NEW.batch_id;
  IF FOUND AND named NOT IN (0, coalesce(held, 0)) THEN
    PERFORM refuse('XJ012', 'a package names all serials of a batch or none',
                   jsonb_build_object('named', named, 'quantity', coalesce(held, 0)));
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER count_package_serials AFTER INSERT OR UPDATE ON package_content DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION count_package_serials();

CREATE CONSTRAINT TRIGGER count_package_serials AFTER INSERT ON package_serial DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION count_package_serials();

GRANT SELECT, INSERT, UPDATE ON package TO xunji_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON package_content TO xunji_app;
GRANT SELECT, INSERT, DELETE ON package_serial TO xunji_app;
GRANT USAGE ON SEQUENCE sscc_reference TO xunji_app;
