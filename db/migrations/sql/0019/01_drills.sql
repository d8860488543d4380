-- A drill is balanced on the ledger as it stood when it began: neither later issues nor later returns count. What
-- came back in its play is not in the ledger; the newest answer says it (`drilled`).
CREATE OR REPLACE FUNCTION recall_balance(the_recall uuid) RETURNS TABLE (
  batch_id uuid, party_id uuid, shipped bigint, recovered bigint, on_hand bigint, consumed bigint, destroyed bigint,
  answered_at timestamptz, unaccounted bigint, explained bigint)
LANGUAGE sql STABLE AS $$
  WITH moved AS (
    SELECT m.batch_id, m.party_id,
           sum(CASE WHEN m.to_kind = 'customer' THEN m.quantity
                    WHEN p.occurred_at <= coalesce(r.sealed_at, r.opened_at) THEN -m.quantity ELSE 0 END) AS shipped,
           sum(CASE WHEN m.from_kind = 'customer' AND p.occurred_at > coalesce(r.sealed_at, r.opened_at)
                    THEN m.quantity ELSE 0 END) AS recovered
    FROM recall r
    JOIN recall_batch b ON b.document_id = r.document_id
    JOIN move m ON m.batch_id = b.batch_id AND (m.to_kind = 'customer' OR m.from_kind = 'customer')
    JOIN posting p ON p.id = m.posting_id
    WHERE r.document_id = the_recall AND (NOT r.drill OR p.occurred_at <= r.opened_at)
    GROUP BY 1, 2),
  answered AS (
    SELECT DISTINCT ON (a.batch_id, a.party_id) a.batch_id, a.party_id, a.on_hand, a.consumed, a.destroyed, a.occurred_at,
           coalesce((a.data->>'drilled')::bigint, 0) AS drilled
    FROM recall_record a WHERE a.document_id = the_recall AND a.kind = 'answered'
    ORDER BY a.batch_id, a.party_id, a.id DESC),
  explained AS (
    SELECT DISTINCT ON (e.batch_id, e.party_id) e.batch_id, e.party_id, e.quantity
    FROM recall_record e WHERE e.document_id = the_recall AND e.kind = 'explained'
    ORDER BY e.batch_id, e.party_id, e.id DESC),
  open AS (
    SELECT m.batch_id, m.party_id, m.shipped::bigint, m.recovered::bigint + coalesce(a.drilled, 0) AS recovered, a.on_hand,
           coalesce(a.consumed, 0) AS consumed, coalesce(a.destroyed, 0) AS destroyed, a.occurred_at,
           (m.shipped - m.recovered)::bigint - coalesce(a.drilled, 0) - coalesce(a.consumed, 0) - coalesce(a.destroyed, 0) AS unaccounted
    FROM moved m LEFT JOIN answered a USING (batch_id, party_id)
    WHERE m.shipped <> 0 OR m.recovered <> 0)
  SELECT o.batch_id, o.party_id, o.shipped, o.recovered, o.on_hand, o.consumed, o.destroyed, o.occurred_at,
         o.unaccounted, CASE WHEN e.quantity = o.unaccounted THEN e.quantity ELSE 0 END
  FROM open o LEFT JOIN explained e USING (batch_id, party_id)
$$;
