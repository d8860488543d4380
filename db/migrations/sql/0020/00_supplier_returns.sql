-- A supplier gets back no more of a batch than it delivered, whichever site sends it. Two returns of the same
-- goods wait for each other; whoever comes second sees what the first one sent. Guards returns from customers the
-- same way (0013).
CREATE FUNCTION check_supplier_returns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  back record;
  delivered bigint;
BEGIN
  FOR back IN
    SELECT batch_id, party_id, sum(quantity)::bigint AS quantity FROM new_moves
    WHERE to_kind = 'supplier' GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('supplier' || back.batch_id::text || back.party_id::text, 0));
    SELECT coalesce(sum(CASE WHEN m.from_kind = 'supplier' THEN m.quantity ELSE -m.quantity END), 0) INTO delivered
    FROM move m
    WHERE m.batch_id = back.batch_id AND m.party_id = back.party_id AND 'supplier' IN (m.from_kind, m.to_kind);
    IF delivered < 0 THEN
      PERFORM refuse('XJ132', 'more would go back than was delivered', jsonb_build_object(
        'batch', back.batch_id, 'party', back.party_id, 'delivered', delivered + back.quantity,
        'returned', back.quantity));
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER check_supplier_returns AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION check_supplier_returns();

-- A piece goes back to the supplier that delivered it: two suppliers may have delivered of one batch.
CREATE FUNCTION check_serials_sent_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT s.number, s.id INTO wrong
  FROM new_serials n
  JOIN move m ON m.id = n.move_id AND m.to_kind = 'supplier'
  JOIN serial s ON s.id = n.serial_id
  WHERE NOT EXISTS (
    SELECT FROM move_serial came JOIN move c ON c.id = came.move_id
    WHERE came.serial_id = n.serial_id AND c.from_kind = 'supplier' AND c.party_id IS NOT DISTINCT FROM m.party_id)
  LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ133', 'the serial was not delivered by this supplier',
                   jsonb_build_object('serial', wrong.number, 'id', wrong.id));
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER a_serial_sent_back_came_from_there AFTER INSERT ON move_serial REFERENCING NEW TABLE AS new_serials
FOR EACH STATEMENT EXECUTE FUNCTION check_serials_sent_back();
