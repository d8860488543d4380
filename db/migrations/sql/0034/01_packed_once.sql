-- As before (0014), and two who pack one serial at once wait for each other at the serial: whoever comes second is told
-- in which package it is. The key of the table held this already, but without words.
CREATE OR REPLACE FUNCTION fill_package_serial() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  other record;
BEGIN
  PERFORM FROM serial s WHERE s.id = NEW.serial_id FOR NO KEY UPDATE;
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
