-- A run is kept as long as those that called it and that it called: they tell one story.
CREATE FUNCTION run_family(the_run uuid) RETURNS TABLE (member uuid)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT r.id, r.called_by FROM run r WHERE r.id = the_run
    UNION
    SELECT r.id, r.called_by FROM up JOIN run r ON r.id = up.called_by
  ), down AS (
    SELECT up.id FROM up WHERE up.called_by IS NULL
    UNION
    SELECT r.id FROM down JOIN run r ON r.called_by = down.id
  )
  SELECT down.id FROM down
$$;

-- All batches that a run had to do with, whichever way.
CREATE FUNCTION batches_touched(the_run uuid) RETURNS TABLE (batch uuid)
LANGUAGE sql STABLE AS $$
  SELECT unnest(r.batch_ids) FROM run r WHERE r.id = the_run
  UNION
  SELECT m.batch_id FROM posting p JOIN move m ON m.posting_id = p.id WHERE p.run_id = the_run
  UNION
  SELECT b.id FROM batch b WHERE b.created_by_run = the_run
  UNION
  SELECT h.batch_id FROM hold h WHERE h.opened_by_run = the_run OR h.closed_by_run = the_run
  UNION
  SELECT v.batch_id FROM reservation v WHERE v.made_by_run = the_run OR v.ended_by_run = the_run
  UNION
  SELECT l.batch_id FROM document d JOIN document_line l ON l.document_id = d.id
  WHERE d.run_id = the_run AND l.batch_id IS NOT NULL
$$;

CREATE FUNCTION record_classes(the_material material) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    the_material.category, the_material.record_class,
    CASE WHEN the_material.special_control THEN 'special_control' END], NULL)
$$;

-- What each rule says of a run: the last day on which its contents are kept, in its site's time zone; none = for ever.
-- When it ended says the header of its archive, which nobody changes; the row of a run the application may.
CREATE FUNCTION retention_of(the_run uuid) RETURNS TABLE (rule text, about text, until date)
LANGUAGE sql STABLE AS $$
  WITH family AS (
    SELECT r.id, r.ended_at, r.sop_version_id,
           (greatest(r.ended_at, a.ended_at) AT TIME ZONE s.time_zone)::date AS ended_on
    FROM run_family(the_run) f JOIN run r ON r.id = f.member JOIN site s ON s.id = r.site_id
    LEFT JOIN archive a ON a.run_id = r.id
  ), pinned AS (
    SELECT f.sop_version_id AS version_id, f.ended_on FROM family f
    UNION
    SELECT c.from_version_id, f.ended_on FROM family f JOIN changeover_run c ON c.run_id = f.id AND c.result = 'moved'
  ), goods AS (
    SELECT DISTINCT b.number, b.expires_on, f.ended_on, r.*
    FROM family f, batches_touched(f.id) x
    JOIN batch b ON b.id = x.batch JOIN material m ON m.id = b.material_id
    JOIN retention_rule r ON r.record_class = ANY (record_classes(m))
  )
  SELECT 'under_way', f.id::text, NULL::date FROM family f WHERE f.ended_at IS NULL
  UNION ALL
  SELECT 'destruction', x.destruction_run_id::text, NULL::date
  FROM family f JOIN tombstone x ON x.destruction_run_id = f.id
  UNION ALL
  SELECT 'law', r.clause, (f.ended_on + make_interval(years => r.years_after_end))::date
  FROM family f, retention_rule r WHERE r.record_class = 'drug' AND f.ended_on IS NOT NULL
  UNION ALL
  SELECT 'sop', p.key || coalesce(' v' || v.version, ''), (f.ended_on + make_interval(years => coalesce(
    substring(v.bundle #>> '{definition,retention}' FROM '^P([0-9]+)Y$')::integer, 5)))::date
  FROM pinned f JOIN sop_version v ON v.id = f.version_id JOIN sop p ON p.id = v.sop_id WHERE f.ended_on IS NOT NULL
  UNION ALL
  SELECT 'record_class', g.record_class, (g.ended_on + make_interval(years => g.years_after_end))::date
  FROM goods g WHERE g.ended_on IS NOT NULL
  UNION ALL
  SELECT 'batch', g.number, (g.expires_on + make_interval(years => g.years_after_expiry))::date
  FROM goods g WHERE g.expires_on IS NOT NULL AND g.years_after_expiry IS NOT NULL
$$;

-- The longest rule wins.
CREATE FUNCTION retention_end(the_run uuid) RETURNS TABLE (rule text, about text, until date, is_over boolean)
LANGUAGE sql VOLATILE AS $$
  SELECT x.rule, x.about, x.until, coalesce((
    SELECT (clock_now() AT TIME ZONE s.time_zone)::date > x.until
    FROM run r JOIN site s ON s.id = r.site_id WHERE r.id = the_run), false)
  FROM retention_of(the_run) x ORDER BY x.until DESC NULLS FIRST, x.rule, x.about LIMIT 1
$$;

CREATE FUNCTION legal_holds_on(the_run uuid) RETURNS TABLE (hold uuid)
LANGUAGE sql STABLE AS $$
  SELECT h.id FROM legal_hold h
  WHERE h.kind <> 'lift' AND NOT EXISTS (SELECT FROM legal_hold l WHERE l.lifts_id = h.id)
    AND (h.kind = 'all'
      OR h.run_id IN (SELECT f.member FROM run_family(the_run) f)
      OR h.sop_id IN (SELECT r.sop_id FROM run_family(the_run) f JOIN run r ON r.id = f.member)
      OR h.batch_id IN (SELECT b.batch FROM run_family(the_run) f, batches_touched(f.member) b))
  ORDER BY h.id
$$;
