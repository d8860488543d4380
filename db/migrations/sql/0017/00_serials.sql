-- As before (0001/10_serials.sql), but a serial that is named twice is found by one grouping of all, not by a
-- count for each: ten thousand serials cost ten times a thousand, not a hundred times.
CREATE OR REPLACE FUNCTION apply_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
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
    status = excluded.status, owner_id = excluded.owner_id, move_id = excluded.move_id;
  RETURN NULL;
END
$$;
