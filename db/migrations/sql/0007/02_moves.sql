-- As before, and no move takes what is reserved: who may take it ends the reservation first, in the same
-- transaction, and so holds the position until it commits.
CREATE OR REPLACE FUNCTION apply_deltas(deltas balance_delta[]) RETURNS void
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
  FOR NO KEY UPDATE OF b;

  SELECT d.*, coalesce(b.quantity, 0) AS there, coalesce(b.reserved, 0) AS reserved INTO short
  FROM unnest(deltas) d
  LEFT JOIN balance b USING (site_id, location_id, batch_id, status, owner_id)
  WHERE d.quantity < 0 AND coalesce(b.quantity - b.reserved, 0) + d.quantity < 0
  ORDER BY coalesce(b.quantity, 0) + d.quantity LIMIT 1;
  IF FOUND AND short.there + short.quantity < 0 THEN
    PERFORM refuse('XJ001', 'there is not so much at this position', jsonb_build_object(
      'batch', short.batch_id, 'site', short.site_id, 'location', short.location_id, 'status', short.status,
      'available', short.there, 'wanted', -short.quantity));
  ELSIF FOUND THEN
    PERFORM refuse('XJ070', 'what is at this position is reserved', jsonb_build_object(
      'batch', short.batch_id, 'site', short.site_id, 'location', short.location_id, 'status', short.status,
      'available', short.there - short.reserved, 'reserved', short.reserved, 'wanted', -short.quantity));
  END IF;

  UPDATE balance b SET quantity = b.quantity + d.quantity, updated_at = clock_timestamp()
  FROM unnest(deltas) d
  WHERE (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id)
      = (d.site_id, d.location_id, d.batch_id, d.status, d.owner_id);
END
$$;
