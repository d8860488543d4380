-- A customer gives back no more of a batch than it was sold (GSP 113; annex 2). Two returns of the same goods
-- wait for each other; whoever comes second sees what the first one took back.
CREATE FUNCTION check_returns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  back record;
  sold bigint;
BEGIN
  FOR back IN
    SELECT batch_id, party_id, sum(quantity)::bigint AS quantity FROM new_moves
    WHERE from_kind = 'customer' GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(back.batch_id::text || back.party_id::text, 0));
    SELECT coalesce(sum(CASE WHEN m.to_kind = 'customer' THEN m.quantity ELSE -m.quantity END), 0) INTO sold
    FROM move m
    WHERE m.batch_id = back.batch_id AND m.party_id = back.party_id AND 'customer' IN (m.from_kind, m.to_kind);
    IF sold < 0 THEN
      PERFORM refuse('XJ130', 'more would come back than was sold', jsonb_build_object(
        'batch', back.batch_id, 'party', back.party_id, 'sold', sold + back.quantity, 'returned', back.quantity));
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER check_returns AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION check_returns();

-- A serial comes back from the customer that it was sold to. Named so that it comes before the trigger that
-- moves the serial: triggers fire in the order of their names.
CREATE FUNCTION check_returned_serials() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT s.number, s.id INTO wrong
  FROM new_serials n
  JOIN move m ON m.id = n.move_id AND m.from_kind = 'customer'
  JOIN serial s ON s.id = n.serial_id
  LEFT JOIN serial_place p ON p.serial_id = n.serial_id AND p.kind = 'customer'
  LEFT JOIN move sale ON sale.id = p.move_id
  WHERE sale.party_id IS DISTINCT FROM m.party_id
  LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ131', 'the serial was not sold to this customer',
                   jsonb_build_object('serial', wrong.number, 'id', wrong.id));
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER a_returned_serial_was_sold AFTER INSERT ON move_serial REFERENCING NEW TABLE AS new_serials
FOR EACH STATEMENT EXECUTE FUNCTION check_returned_serials();
