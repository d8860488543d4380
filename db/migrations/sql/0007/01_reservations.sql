-- A reservation is made now and open, for goods that may leave: not held, not expired, and to a customer only
-- with its licence. Taking the batch row meets holds as issues do: what is sealed cannot be promised any more.
CREATE FUNCTION begin_reservation() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.state := 'open';
  NEW.made_at := clock_now();
  IF NOT EXISTS (
    SELECT FROM balance b
    WHERE (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id)
        = (NEW.site_id, NEW.location_id, NEW.batch_id, NEW.status, NEW.owner_id)) THEN
    PERFORM refuse('XJ070', 'nothing of it ever stood at this position', jsonb_build_object(
      'batch', NEW.batch_id, 'site', NEW.site_id, 'location', NEW.location_id, 'available', 0, 'wanted', NEW.quantity));
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER begin_reservation BEFORE INSERT ON reservation FOR EACH ROW EXECUTE FUNCTION begin_reservation();

-- It ends once, consumed or released; nothing else about it changes.
CREATE FUNCTION keep_reservation() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  ending CONSTANT text[] := '{state,used,ended_by_run,ended_path,ended_by,ended_at,ended_reason}';
BEGIN
  IF OLD.state <> 'open' OR NEW.state = 'open'
     OR (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending) THEN
    PERFORM refuse('XJ007', 'a reservation is only ever ended, once',
                   jsonb_build_object('table', 'reservation', 'id', OLD.id));
  END IF;
  NEW.ended_at := clock_now();
  RETURN NEW;
END
$$;

CREATE TRIGGER keep_reservation BEFORE UPDATE ON reservation FOR EACH ROW EXECUTE FUNCTION keep_reservation();
CREATE TRIGGER keep_reservation_row BEFORE DELETE OR TRUNCATE ON reservation
FOR EACH STATEMENT EXECUTE FUNCTION keep_row();

-- The sum of the open reservations stands beside the balance; both are locked in key order, as moves lock them.
CREATE FUNCTION apply_reserved(deltas balance_delta[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  short record;
BEGIN
  PERFORM FROM balance b
  JOIN unnest(deltas) d USING (site_id, location_id, batch_id, status, owner_id)
  ORDER BY b.site_id, b.location_id, b.batch_id, b.status, b.owner_id
  FOR NO KEY UPDATE OF b;

  SELECT d.*, coalesce(b.quantity - b.reserved, 0) AS available INTO short
  FROM unnest(deltas) d
  LEFT JOIN balance b USING (site_id, location_id, batch_id, status, owner_id)
  WHERE d.quantity > coalesce(b.quantity - b.reserved, 0) LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ070', 'there is not so much that is free at this position', jsonb_build_object(
      'batch', short.batch_id, 'site', short.site_id, 'location', short.location_id,
      'available', short.available, 'wanted', short.quantity));
  END IF;

  UPDATE balance b SET reserved = b.reserved + d.quantity
  FROM unnest(deltas) d
  WHERE (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id)
      = (d.site_id, d.location_id, d.batch_id, d.status, d.owner_id);
END
$$;
REVOKE ALL ON FUNCTION apply_reserved(balance_delta[]) FROM PUBLIC;

CREATE FUNCTION reserve_stock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  because record;
  deltas balance_delta[];
BEGIN
  PERFORM FROM batch b WHERE b.id IN (SELECT batch_id FROM new_reservations) ORDER BY b.id FOR SHARE;

  -- a document without a partner (a transfer between sites of ours) asks for no licence
  SELECT n.batch_id, n.site_id, d.party_id, nullif(
    not_issuable_because(n.batch_id, n.site_id, n.status, d.party_id),
    CASE WHEN d.party_id IS NULL THEN 'licence' END) AS why
  INTO because
  FROM new_reservations n
  JOIN document_line l ON l.id = n.document_line_id
  JOIN document d ON d.id = l.document_id
  ORDER BY why NULLS LAST LIMIT 1;
  IF because.why IS NOT NULL THEN
    PERFORM refuse('XJ003', 'the batch may not be promised', jsonb_build_object(
      'batch', because.batch_id, 'site', because.site_id, 'party', because.party_id, 'because', because.why));
  END IF;

  SELECT array_agg(ROW(s.site_id, s.location_id, s.batch_id, s.status, s.owner_id, s.quantity)::balance_delta)
  INTO deltas
  FROM (
    SELECT site_id, location_id, batch_id, status, owner_id, sum(quantity)::bigint AS quantity
    FROM new_reservations GROUP BY 1, 2, 3, 4, 5) s;
  PERFORM apply_reserved(coalesce(deltas, '{}'));
  RETURN NULL;
END
$$;

CREATE TRIGGER reserve_stock AFTER INSERT ON reservation REFERENCING NEW TABLE AS new_reservations
FOR EACH STATEMENT EXECUTE FUNCTION reserve_stock();

CREATE FUNCTION free_stock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  deltas balance_delta[];
BEGIN
  SELECT array_agg(ROW(s.site_id, s.location_id, s.batch_id, s.status, s.owner_id, s.quantity)::balance_delta)
  INTO deltas
  FROM (
    SELECT site_id, location_id, batch_id, status, owner_id, -sum(quantity)::bigint AS quantity
    FROM ended_reservations GROUP BY 1, 2, 3, 4, 5) s;
  PERFORM apply_reserved(coalesce(deltas, '{}'));
  RETURN NULL;
END
$$;

CREATE TRIGGER free_stock AFTER UPDATE ON reservation REFERENCING OLD TABLE AS ended_reservations
FOR EACH STATEMENT EXECUTE FUNCTION free_stock();

-- Locks positions in key order and tells what is there: the application itself may only read balances. Missing
-- ones are made before anything is locked, as a posting makes them: who held a position while it waits for the
-- row that another posting is making, which waits for that position, would wait for ever.
CREATE FUNCTION lock_positions(
  site_ids uuid[], location_ids uuid[], batch_ids uuid[], statuses text[], owner_ids uuid[]) RETURNS SETOF balance
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO balance (site_id, location_id, batch_id, status, owner_id, quantity)
  SELECT DISTINCT k.*, 0 FROM unnest($1, $2, $3, $4, $5) k (site_id, location_id, batch_id, status, owner_id)
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT DO NOTHING;

  SELECT b.*
  FROM balance b
  JOIN (
    SELECT DISTINCT * FROM unnest($1, $2, $3, $4, $5) k (site_id, location_id, batch_id, status, owner_id)
  ) wanted USING (site_id, location_id, batch_id, status, owner_id)
  ORDER BY b.site_id, b.location_id, b.batch_id, b.status, b.owner_id
  FOR NO KEY UPDATE OF b
$$;
REVOKE ALL ON FUNCTION lock_positions(uuid[], uuid[], uuid[], text[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_positions(uuid[], uuid[], uuid[], text[], uuid[]) TO xunji_app;
