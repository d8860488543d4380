-- RFC 8785 for the values that evidence may hold: objects, arrays, text, whole numbers within 2^53, booleans, null.

-- RFC 8785 sorts keys by UTF-16 code units, COLLATE "C" by bytes of UTF-8: they differ only where U+E000..U+FFFF
-- meets the supplementary planes. The prefix moves those characters behind all others.
CREATE FUNCTION utf16_order(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN key ~ '[\uE000-\uFFFF\U0010FFFF]'
    THEN regexp_replace(
      regexp_replace(key, '\U0010FFFF', U&'\+10FFFF' || U&'\0001', 'g'),
      '[\uE000-\uFFFF]', U&'\+10FFFF' || U&'\0002' || '\&', 'g')
    ELSE key END
$$;

CREATE FUNCTION canonical_json(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN '{' || coalesce((
        SELECT string_agg(
          to_json(member.key)::text || ':' || canonical_json(member.value), ','
          ORDER BY utf16_order(member.key) COLLATE "C")
        FROM jsonb_each(value) AS member), '') || '}';
    WHEN 'array' THEN
      RETURN '[' || coalesce((
        SELECT string_agg(canonical_json(item.value), ',' ORDER BY item.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS item), '') || ']';
    WHEN 'string' THEN
      RETURN to_json(value #>> '{}')::text;
    WHEN 'number' THEN
      IF scale(value::numeric) > 0 OR abs(value::numeric) > 9007199254740991 THEN
        PERFORM refuse('XJ010', 'evidence holds whole numbers within 2^53 only', jsonb_build_object('value', value::text));
      END IF;
      RETURN value::text;
    ELSE
      RETURN value::text;
  END CASE;
END
$$;

CREATE FUNCTION canonical_instant(at timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
