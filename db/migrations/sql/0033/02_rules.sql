-- What rules of retention are read from only grows. A run is about the batches that it was ever about.
CREATE FUNCTION keep_run_batches() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.batch_ids @> OLD.batch_ids THEN
    PERFORM refuse('XJ007', 'a run is about the batches that it was ever about',
                   jsonb_build_object('table', 'run', 'id', OLD.id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_run_batches BEFORE UPDATE OF batch_ids ON run FOR EACH ROW EXECUTE FUNCTION keep_run_batches();

-- Goods are kept as whatever they ever were; whoever changes the class, the longer one stays for their records.
CREATE OR REPLACE FUNCTION record_classes(the_material material) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    the_material.category, the_material.record_class,
    CASE WHEN the_material.special_control THEN 'special_control' END], NULL) || the_material.kept_as
$$;

CREATE FUNCTION keep_record_classes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.kept_as := '{}';
  NEW.kept_as := ARRAY(
    SELECT DISTINCT c FROM unnest(record_classes(NEW) || CASE WHEN TG_OP = 'UPDATE' THEN record_classes(OLD) END) AS c
    ORDER BY c);
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_record_classes BEFORE INSERT OR UPDATE ON material
FOR EACH ROW EXECUTE FUNCTION keep_record_classes();
UPDATE material SET kept_as = '{}';

-- What the rules say of one run by itself: the last day on which its contents are kept, in its site's time zone; none =
-- for ever. When it ended says the header of its archive, which nobody changes; the row of a run the application may change,
-- also just before it is archived - so it did not end before the last thing that was done or moved in it.
CREATE FUNCTION retention_own(the_run uuid) RETURNS TABLE (rule text, about text, until date)
LANGUAGE sql STABLE AS $$
  WITH own AS (
    SELECT r.id, r.ended_at, r.sop_version_id,
           (greatest(r.ended_at, a.ended_at, (SELECT max(d.recorded_at) FROM submission d WHERE d.run_id = r.id),
                     (SELECT max(p.recorded_at) FROM posting p WHERE p.run_id = r.id))
            AT TIME ZONE s.time_zone)::date AS ended_on
    FROM run r JOIN site s ON s.id = r.site_id LEFT JOIN archive a ON a.run_id = r.id WHERE r.id = the_run
  ), pinned AS (
    SELECT o.sop_version_id AS version_id, o.ended_on FROM own o
    UNION
    SELECT c.from_version_id, o.ended_on FROM own o JOIN changeover_run c ON c.run_id = o.id AND c.result = 'moved'
  ), goods AS (
    SELECT DISTINCT b.number, b.expires_on, o.ended_on, r.*
    FROM own o, batches_touched(o.id) x
    JOIN batch b ON b.id = x.batch JOIN material m ON m.id = b.material_id
    JOIN retention_rule r ON r.record_class = ANY (record_classes(m))
  )
  SELECT 'under_way', o.id::text, NULL::date FROM own o WHERE o.ended_at IS NULL
  UNION ALL
  SELECT 'destruction', x.destruction_run_id::text, NULL::date FROM tombstone x WHERE x.destruction_run_id = the_run
  UNION ALL
  SELECT 'law', r.clause, (o.ended_on + make_interval(years => r.years_after_end))::date
  FROM own o, retention_rule r WHERE r.record_class = 'drug' AND o.ended_on IS NOT NULL
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
  UNION ALL
  SELECT k.rule, k.about, k.until FROM retention_floor k WHERE k.run_id = the_run
$$;

-- A run is kept as long as each of its family.
CREATE OR REPLACE FUNCTION retention_of(the_run uuid) RETURNS TABLE (rule text, about text, until date)
LANGUAGE sql STABLE AS $$
  SELECT o.rule, o.about, o.until FROM run_family(the_run) f, retention_own(f.member) o
$$;
ALTER FUNCTION retention_end(uuid) ROWS 1;

-- All batches that a run had to do with, whichever way, now or when it was archived.
CREATE OR REPLACE FUNCTION batches_touched(the_run uuid) RETURNS TABLE (batch uuid)
LANGUAGE sql STABLE AS $$
  SELECT unnest(r.batch_ids) FROM run r WHERE r.id = the_run
  UNION
  SELECT unnest(k.batch_ids) FROM retention_floor k WHERE k.run_id = the_run
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

CREATE FUNCTION keep_floor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.retention_floor (run_id, rule, about, until, batch_ids)
  SELECT NEW.run_id, o.rule, o.about, o.until, ARRAY(SELECT b.batch FROM public.batches_touched(NEW.run_id) b ORDER BY 1)
  FROM public.retention_own(NEW.run_id) o WHERE o.rule <> 'under_way'
  ORDER BY o.until DESC NULLS FIRST, o.rule, o.about LIMIT 1;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_floor AFTER INSERT ON archive FOR EACH ROW EXECUTE FUNCTION keep_floor();
INSERT INTO retention_floor (run_id, rule, about, until, batch_ids, gone)
SELECT a.run_id, o.rule, o.about, o.until, ARRAY(SELECT b.batch FROM batches_touched(a.run_id) b ORDER BY 1),
       EXISTS (SELECT FROM tombstone x WHERE x.run_id = a.run_id)
FROM archive a, LATERAL (
  SELECT own.* FROM retention_own(a.run_id) own WHERE own.rule <> 'under_way'
  ORDER BY own.until DESC NULLS FIRST, own.rule, own.about LIMIT 1) o;

-- Nobody lowers it; that the contents are gone is noted when their tombstone is there.
CREATE FUNCTION keep_floor_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.gone OR (NEW.run_id, NEW.rule, NEW.about, NEW.until, NEW.batch_ids)
     IS DISTINCT FROM (OLD.run_id, OLD.rule, OLD.about, OLD.until, OLD.batch_ids)
     OR NOT EXISTS (SELECT FROM tombstone x WHERE x.run_id = OLD.run_id) THEN
    PERFORM refuse('XJ007', 'what a run is kept for at least never changes',
                   jsonb_build_object('table', 'retention_floor', 'id', OLD.run_id));
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_floor_row BEFORE UPDATE ON retention_floor FOR EACH ROW EXECUTE FUNCTION keep_floor_row();
CREATE TRIGGER keep_row BEFORE DELETE OR TRUNCATE ON retention_floor FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
