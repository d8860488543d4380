-- A guard refuses with a state of its own class (XJ...), words for the log and a JSON detail for the caller.
CREATE FUNCTION refuse(state text, message text, detail jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, DETAIL = detail::text;
END
$$;
