-- No more arrives of a batch than was sent on the same document. Goods in transit have no balance row, their
-- sum per document is what is on the way; two arrivals of one document wait for each other.
CREATE FUNCTION check_transit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  taken record;
  there bigint;
BEGIN
  FOR taken IN
    SELECT p.document_id, n.batch_id, sum(n.quantity)::bigint AS quantity
    FROM new_moves n JOIN posting p ON p.id = n.posting_id
    WHERE n.from_kind = 'transit' GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('transit' || coalesce(taken.document_id::text, '') || taken.batch_id::text, 0));
    SELECT coalesce(sum(CASE WHEN m.to_kind = 'transit' THEN m.quantity ELSE -m.quantity END), 0) INTO there
    FROM move m JOIN posting p ON p.id = m.posting_id
    WHERE m.batch_id = taken.batch_id AND p.document_id IS NOT DISTINCT FROM taken.document_id
      AND 'transit' IN (m.from_kind, m.to_kind);
    IF there < 0 THEN
      PERFORM refuse('XJ071', 'not so much is on the way', jsonb_build_object(
        'batch', taken.batch_id, 'document', taken.document_id, 'in_transit', there + taken.quantity,
        'wanted', taken.quantity));
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER check_transit AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION check_transit();
