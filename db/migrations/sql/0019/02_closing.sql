-- Closing and new evidence wait for each other. Who books a return, or writes down an answer, holds the recall's row;
-- whoever closes it takes that row before it draws the balance. So the one sees the other, whichever is first.
CREATE OR REPLACE FUNCTION reopen_recalls() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_moves WHERE from_kind = 'customer') THEN
    PERFORM FROM recall r
    WHERE NOT r.drill AND r.document_id IN (
      SELECT b.document_id FROM recall_batch b JOIN new_moves n ON n.batch_id = b.batch_id AND n.from_kind = 'customer')
    ORDER BY r.document_id FOR SHARE;
    PERFORM reopen_recall(r.document_id, n.batch_id, n.party_id, p.actor_id, 'returned')
    FROM new_moves n
    JOIN posting p ON p.id = n.posting_id
    JOIN recall_batch b ON b.batch_id = n.batch_id
    JOIN recall r ON r.document_id = b.document_id AND r.state = 'closed' AND NOT r.drill
    WHERE n.from_kind = 'customer';
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION reopen_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM recall r WHERE r.document_id = NEW.document_id FOR SHARE;
  PERFORM reopen_recall(NEW.document_id, NEW.batch_id, NEW.party_id, NEW.actor_id, 'answered');
  RETURN NULL;
END
$$;
