-- Usable up to and including the expiry date in the site's time zone; no date, no expiry.
CREATE FUNCTION batch_expired(batch_id uuid, site_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce((at AT TIME ZONE s.time_zone)::date > b.expires_on, false)
  FROM batch b, site s WHERE b.id = batch_expired.batch_id AND s.id = batch_expired.site_id
$$;

-- What a party must be licensed for to trade a material (药品管理法 55).
CREATE FUNCTION licence_categories(material_id uuid) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT ARRAY[m.category]
    || CASE WHEN m.storage_class IN ('refrigerated', 'frozen') THEN ARRAY['cold_chain'] ELSE '{}' END
    || CASE WHEN m.special_control THEN ARRAY['special_control'] ELSE '{}' END
  FROM material m WHERE m.id = licence_categories.material_id
$$;

-- Every category is covered on the day by some licence of the party that holds for the legal entity.
CREATE FUNCTION licence_valid(party_id uuid, categories text[], on_day date, legal_entity_id uuid DEFAULT NULL)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM party p WHERE p.id = licence_valid.party_id AND p.active)
    AND NOT EXISTS (
      SELECT FROM unnest(categories) AS category
      WHERE NOT EXISTS (
        SELECT FROM licence l
        WHERE l.party_id = licence_valid.party_id AND NOT l.withdrawn AND category = ANY (l.scope)
          AND (l.valid_from IS NULL OR l.valid_from <= on_day) AND l.valid_until >= on_day
          AND (l.legal_entity_id IS NULL OR licence_valid.legal_entity_id IS NULL
               OR l.legal_entity_id = licence_valid.legal_entity_id)))
$$;

-- Why a batch may not leave for a customer: 'status', 'hold', 'expired', 'licence'; null = it may.
-- Volatile: after a lock was waited for, each statement sees what the other transaction committed.
CREATE FUNCTION not_issuable_because(
  batch_id uuid, site_id uuid, status text, party_id uuid, at timestamptz DEFAULT clock_now()) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  the_batch ALIAS FOR $1;
  the_site ALIAS FOR $2;
  the_party ALIAS FOR $4;
BEGIN
  IF $3 IS DISTINCT FROM 'qualified' THEN
    RETURN 'status';
  END IF;
  IF EXISTS (
    SELECT FROM hold h WHERE h.batch_id = the_batch AND h.closed_at IS NULL
      AND (h.scope_site_id IS NULL OR h.scope_site_id = the_site)) THEN
    RETURN 'hold';
  END IF;
  IF batch_expired(the_batch, the_site, $5) IS NOT FALSE THEN
    RETURN 'expired';
  END IF;
  IF NOT coalesce((
    SELECT licence_valid(the_party, licence_categories(b.material_id),
                         ($5 AT TIME ZONE s.time_zone)::date, s.legal_entity_id)
    FROM batch b, site s WHERE b.id = the_batch AND s.id = the_site), false) THEN
    RETURN 'licence';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION issuable(
  batch_id uuid, site_id uuid, status text, party_id uuid, at timestamptz DEFAULT clock_now()) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT not_issuable_because(batch_id, site_id, status, party_id, at) IS NULL
$$;
