-- A serial has one place at a time: it is where its last move took it. Its batch is the move's batch for ever.
CREATE FUNCTION apply_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  PERFORM FROM serial_place p WHERE p.serial_id IN (SELECT serial_id FROM new_serials)
  ORDER BY p.serial_id FOR UPDATE;

  SELECT s.number, s.id INTO wrong
  FROM new_serials n
  JOIN serial s ON s.id = n.serial_id
  JOIN move m ON m.id = n.move_id
  LEFT JOIN serial_place p ON p.serial_id = n.serial_id
  WHERE m.tx <> pg_current_xact_id() OR s.batch_id <> m.batch_id
     OR CASE
       WHEN m.from_kind = 'internal' THEN
         (p.kind, p.site_id, p.location_id, p.status, p.owner_id)
         IS DISTINCT FROM (m.from_kind, m.from_site_id, m.from_location_id, m.from_status, m.from_owner_id)
       ELSE p.serial_id IS NOT NULL AND p.kind <> m.from_kind END
     OR (SELECT count(*) FROM new_serials other WHERE other.serial_id = n.serial_id) > 1
  LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ006', 'the serial is not where it would be moved from',
                   jsonb_build_object('serial', wrong.number, 'id', wrong.id));
  END IF;

  INSERT INTO serial_place (serial_id, kind, site_id, location_id, status, owner_id, batch_id, move_id)
  SELECT n.serial_id, m.to_kind, m.to_site_id, m.to_location_id, m.to_status, m.to_owner_id, m.batch_id, m.id
  FROM new_serials n JOIN move m ON m.id = n.move_id
  ORDER BY n.serial_id
  ON CONFLICT (serial_id) DO UPDATE SET
    kind = excluded.kind, site_id = excluded.site_id, location_id = excluded.location_id,
    status = excluded.status, owner_id = excluded.owner_id, move_id = excluded.move_id;
  RETURN NULL;
END
$$;

CREATE TRIGGER apply_serials AFTER INSERT ON move_serial REFERENCING NEW TABLE AS new_serials
FOR EACH STATEMENT EXECUTE FUNCTION apply_serials();

-- A move names all of its serials or none.
CREATE FUNCTION count_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  named bigint;
BEGIN
  SELECT count(*) INTO named FROM move_serial WHERE move_id = NEW.id;
  IF named NOT IN (0, NEW.quantity) THEN
    PERFORM refuse('XJ012', 'a move names all of its serials or none',
                   jsonb_build_object('move', NEW.id, 'named', named, 'quantity', NEW.quantity));
  END IF;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER count_serials AFTER INSERT ON move DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION count_serials();
