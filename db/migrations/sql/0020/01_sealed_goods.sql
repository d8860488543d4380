-- What is on hold stays at its site until quality has decided: neither sent to another site nor back to the
-- supplier as if it were good or undecided. What was rejected or recalled has been decided on and may go. Taking
-- the batch row meets holds as issues do; named so that it comes before the trigger that locks positions, because
-- a hold takes the batch first as well.
CREATE FUNCTION check_sealed_goods() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held record;
BEGIN
  PERFORM FROM batch b WHERE b.id IN (
    SELECT n.batch_id FROM new_moves n
    WHERE n.to_kind IN ('supplier', 'transit') AND n.from_status IN ('qualified', 'quarantine'))
  ORDER BY b.id FOR SHARE;

  SELECT n.batch_id, n.from_site_id, n.party_id INTO held
  FROM new_moves n
  JOIN posting p ON p.id = n.posting_id
  JOIN hold h ON h.batch_id = n.batch_id AND h.closed_at IS NULL
    AND (h.scope_site_id IS NULL OR h.scope_site_id = n.from_site_id)
  WHERE n.to_kind IN ('supplier', 'transit') AND n.from_status IN ('qualified', 'quarantine')
    AND p.kind <> 'reversal' AND NOT p.loaded
  LIMIT 1;
  IF FOUND THEN
    PERFORM refuse('XJ003', 'what is on hold stays until quality has decided', jsonb_build_object(
      'batch', held.batch_id, 'site', held.from_site_id, 'party', held.party_id, 'because', 'hold'));
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER a_seal_keeps_goods AFTER INSERT ON move REFERENCING NEW TABLE AS new_moves
FOR EACH STATEMENT EXECUTE FUNCTION check_sealed_goods();
