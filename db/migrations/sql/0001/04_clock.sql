-- The one clock of the database: real time, in the drill database moved forward.
INSERT INTO clock_setting DEFAULT VALUES;

CREATE FUNCTION clock_now() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT clock_timestamp() + make_interval(secs => coalesce((SELECT offset_seconds FROM clock_setting), 0))
$$;

-- An unknown time zone would make every expiry at the site unanswerable.
CREATE FUNCTION check_time_zone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM now() AT TIME ZONE NEW.time_zone;
  RETURN NEW;
END
$$;

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON site
FOR EACH ROW EXECUTE FUNCTION check_time_zone();
