CREATE TYPE balance_delta AS (
  site_id uuid, location_id uuid, batch_id uuid, status text, owner_id uuid, quantity bigint);

-- Applies the net change per position: missing rows first, then all locks, both in key order.
CREATE FUNCTION apply_deltas(deltas balance_delta[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  short record;
BEGIN
  INSERT INTO balance (site_id, location_id, batch_id, status, owner_id, quantity)
  SELECT d.site_id, d.location_id, d.batch_id, d.status, d.owner_id, 0
  FROM unnest(deltas) d WHERE d.quantity > 0
  ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT DO NOTHING;

  PERFORM FROM balance b
  JOIN unnest(deltas) d USING (site_id, location_id, batch_id, status, owner_id)
  ORDER BY b.site_id, b.location_id, b.batch_id, b.status, b.owner_id
  FOR UPDATE OF b;

  SELECT d.*, coalesce(b.quantity, 0) AS available INTO short
  FROM unnest(deltas) d
  LEFT JOIN balance b USING (site_id, location_id, batch_id, status, owner_id)
  WHERE coalesce(b.quantity, 0) + d.quantity < 0 LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ001', 'there is not so much at this position', jsonb_build_object(
      'batch', short.batch_id, 'site', short.site_id, 'location', short.location_id, 'status', short.status,
      'available', short.available, 'wanted', -short.quantity));
  END IF;

  UPDATE balance b SET quantity = b.quantity + d.quantity, updated_at = clock_timestamp()
  FROM unnest(deltas) d
  WHERE (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id)
      = (d.site_id, d.location_id, d.batch_id, d.status, d.owner_id);
END
$$;
REVOKE ALL ON FUNCTION apply_deltas(balance_delta[]) FROM PUBLIC;

-- The status x movement table holds for every move; goods stay with their owner and change site through transit.
CREATE FUNCTION check_move(the_kind text, m move) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM movement_rule r
    WHERE r.posting_kind = the_kind AND r.from_kind = m.from_kind AND r.to_kind = m.to_kind
      AND r.from_status IS NOT DISTINCT FROM m.from_status AND r.to_status IS NOT DISTINCT FROM m.to_status)
     OR m.from_site_id <> m.to_site_id OR m.from_owner_id <> m.to_owner_id THEN
    PERFORM refuse('XJ002', 'this movement is not in the status x movement table', jsonb_build_object(
      'kind', the_kind, 'batch', m.batch_id, 'from', coalesce(m.from_status, m.from_kind),
      'to', coalesce(m.to_status, m.to_kind)));
  END IF;
END
$$;

CREATE FUNCTION apply_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  because record;
  deltas balance_delta[];
BEGIN
  PERFORM check_posting(n.posting_id, count(*)) FROM new_moves n GROUP BY n.posting_id;
  PERFORM check_move(p.kind, n::move) FROM new_moves n JOIN posting p ON p.id = n.posting_id;

  IF EXISTS (SELECT FROM new_moves WHERE to_kind = 'customer') THEN
    PERFORM FROM batch b WHERE b.id IN (SELECT batch_id FROM new_moves WHERE to_kind = 'customer')
    ORDER BY b.id FOR SHARE;
    SELECT n.batch_id, n.from_site_id, n.party_id, not_issuable_because(
      n.batch_id, n.from_site_id, n.from_status, n.party_id,
      CASE WHEN p.loaded THEN p.occurred_at ELSE clock_now() END) AS why
    INTO because
    FROM new_moves n JOIN posting p ON p.id = n.posting_id
    WHERE n.to_kind = 'customer'
    ORDER BY why NULLS LAST LIMIT 1;
    IF because.why IS NOT NULL THEN
      PERFORM refuse('XJ003', 'the batch may not leave for this customer', jsonb_build_object(
        'batch', because.batch_id, 'site', because.from_site_id, 'party', because.party_id, 'because', because.why));
    END IF;
  END IF;

  SELECT array_agg(ROW(d.site_id, d.location_id, d.batch_id, d.status, d.owner_id, d.quantity)::balance_delta
                   ORDER BY d.site_id, d.location_id, d.batch_id, d.status, d.owner_id)
  INTO deltas
  FROM (
    SELECT s.site_id, s.location_id, s.batch_id, s.status, s.owner_id, sum(s.quantity)::bigint AS quantity
    FROM (
      SELECT from_site_id AS site_id, from_location_id AS location_id, batch_id, from_status AS status,
             from_owner_id AS owner_id, -quantity AS quantity FROM new_moves WHERE from_kind = 'internal'
      UNION ALL
      SELECT to_site_id, to_location_id, batch_id, to_status, to_owner_id, quantity
      FROM new_moves WHERE to_kind = 'internal') s
    GROUP BY 1, 2, 3, 4, 5) d
  WHERE d.quantity <> 0;
  PERFORM apply_deltas(coalesce(deltas, '{}'));
  RETURN NULL;
END
$$;

CREATE TRIGGER apply_moves AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION apply_moves();
