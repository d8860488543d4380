-- What was scanned as a package, by the names of it and of what is in it, in whichever list.
CREATE INDEX ix_scan_packages_anywhere ON scan USING gin ((parsed -> 'packages'), (parsed -> 'serials'))
  WHERE verdict = 'matched' AND parsed ? 'packages';

-- The object of another run's list that has taken one of the serials (of one of the batches) or one of the
-- packages from stock; null when nobody has. A list that is done keeps what it took until its run has booked
-- the goods somewhere else, has ended, or does the step again (GSP 94).
CREATE FUNCTION taker_of(asking_run uuid, batches text[], serials text[], packages text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT k.object
  FROM (
    SELECT s.id, s.task_id, s.line_set_id, s.line_no, s.recorded_at, true AS loose FROM scan s
    WHERE s.verdict = 'matched' AND (s.parsed ->> 'serial') = ANY (serials)
    UNION ALL
    SELECT s.id, s.task_id, s.line_set_id, s.line_no, s.recorded_at, true FROM scan s
    WHERE s.verdict = 'matched' AND s.parsed ? 'packages' AND (s.parsed -> 'serials') ?| serials
    UNION ALL
    SELECT s.id, s.task_id, s.line_set_id, s.line_no, s.recorded_at, false FROM scan s
    WHERE s.verdict = 'matched' AND s.parsed ? 'packages' AND (s.parsed -> 'packages') ?| packages
  ) s
  JOIN task k ON k.id = s.task_id
  JOIN run r ON r.id = k.run_id
  WHERE k.run_id <> asking_run
    AND k.content -> 'lines' ->> 'from_stock' = 'true'
    AND NOT EXISTS (SELECT FROM scan u WHERE u.undoes_id = s.id)
    AND (NOT s.loose OR EXISTS (
      SELECT FROM line l
      WHERE l.line_set_id = s.line_set_id AND l.line_no = s.line_no AND (l.data ->> 'batch_id') = ANY (batches)))
    AND (k.state IN ('open', 'claimed', 'awaiting_signature')
      OR (k.state = 'done' AND r.ended_at IS NULL
        AND NOT EXISTS (
          SELECT FROM task again WHERE again.run_id = k.run_id AND again.opened_at > k.opened_at
            AND regexp_replace(again.path, '#[0-9]+$', '') = regexp_replace(k.path, '#[0-9]+$', ''))
        AND NOT EXISTS (SELECT FROM posting p WHERE p.run_id = k.run_id AND p.recorded_at > s.recorded_at)))
  LIMIT 1
$$;

-- Who scans is told of others by a look that comes before the scan is kept; two may look at the same moment.
-- Here they wait for each other by the names of what they take, and the second one looks again.
CREATE FUNCTION take_once() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  taking record;
  name text;
  taker text;
BEGIN
  SELECT k.run_id, array_agg(DISTINCT l.data ->> 'batch_id') AS batches,
    array_agg(DISTINCT n.name) FILTER (WHERE NOT n.is_package) AS serials,
    array_agg(DISTINCT n.name) FILTER (WHERE n.is_package) AS packages
  INTO taking
  FROM kept s
  JOIN task k ON k.id = s.task_id AND k.content -> 'lines' ->> 'from_stock' = 'true'
  JOIN line l ON l.line_set_id = s.line_set_id AND l.line_no = s.line_no
  CROSS JOIN LATERAL (
    SELECT s.parsed ->> 'serial' AS name, false AS is_package WHERE s.parsed ? 'serial'
    UNION ALL SELECT jsonb_array_elements_text(s.parsed -> 'serials'), false
    UNION ALL SELECT jsonb_array_elements_text(s.parsed -> 'packages'), true
  ) n
  WHERE s.verdict = 'matched'
  GROUP BY k.run_id; -- the scans of one statement are of one task
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  FOR name IN SELECT DISTINCT n FROM unnest(taking.serials || taking.packages) AS n ORDER BY n LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(name, 32));
  END LOOP;
  taker := taker_of(taking.run_id, taking.batches, coalesce(taking.serials, '{}'), coalesce(taking.packages, '{}'));
  IF taker IS NOT NULL THEN
    PERFORM refuse('XJ016', 'taken for ' || taker, jsonb_build_object('taker', taker));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER take_once AFTER INSERT ON scan REFERENCING NEW TABLE AS kept
  FOR EACH STATEMENT EXECUTE FUNCTION take_once();
