-- As before (0017), and a serial that has no place yet cannot be locked where it is: two that give it its first place
-- at once meet on the key, and whoever comes second finds where it is by then.
CREATE OR REPLACE FUNCTION apply_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
  placed bigint;
BEGIN
  PERFORM FROM serial_place p WHERE p.serial_id IN (SELECT serial_id FROM new_serials)
  ORDER BY p.serial_id FOR UPDATE;

  SELECT s.number, s.id INTO wrong
  FROM (SELECT serial_id FROM new_serials GROUP BY serial_id HAVING count(*) > 1 LIMIT 1) twice
  JOIN serial s ON s.id = twice.serial_id;
  IF NOT FOUND THEN
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
    LIMIT 1;
  END IF;
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
    status = excluded.status, owner_id = excluded.owner_id, move_id = excluded.move_id
  WHERE serial_place.kind = (SELECT m.from_kind FROM move m WHERE m.id = excluded.move_id);
  GET DIAGNOSTICS placed = ROW_COUNT;

  IF placed < (SELECT count(*) FROM new_serials) THEN
    SELECT s.number, s.id INTO wrong
    FROM new_serials n
    JOIN serial s ON s.id = n.serial_id
    JOIN serial_place p ON p.serial_id = n.serial_id AND p.move_id <> n.move_id
    LIMIT 1;
    PERFORM refuse('XJ006', 'the serial is not where it would be moved from',
                   jsonb_build_object('serial', wrong.number, 'id', wrong.id));
  END IF;
  RETURN NULL;
END
$$;
