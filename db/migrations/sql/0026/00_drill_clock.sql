-- Only the clock of a drill is moved, only forward; whether this database is a drill's is said by its owner, once.
ALTER TABLE clock_setting ADD COLUMN drill BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE clock_setting ADD CONSTRAINT ck_clock_setting_live CHECK (drill OR offset_seconds = 0);

CREATE FUNCTION advance_drill_clock(seconds BIGINT) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  moved BIGINT;
BEGIN
  UPDATE clock_setting SET offset_seconds = offset_seconds + seconds WHERE drill AND seconds > 0 RETURNING offset_seconds INTO moved;
  IF moved IS NULL THEN
    PERFORM refuse('XJ160', 'only the clock of a drill is moved, and only forward', '{}'::jsonb);
  END IF;
  RETURN moved;
END
$$;
REVOKE ALL ON FUNCTION advance_drill_clock(BIGINT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION advance_drill_clock(BIGINT) TO xunji_app;
