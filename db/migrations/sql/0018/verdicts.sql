-- Whoever waits for a verdict hears it with the commit that makes it, and need not look for it again.
-- A notification holds 8000 bytes: a verdict that is longer is only named.
CREATE FUNCTION tell_verdict() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  told text := json_build_object(
    'submission', NEW.submission_id, 'accepted', NEW.accepted, 'code', NEW.code, 'message_zh', NEW.message_zh,
    'message_en', NEW.message_en, 'state', NEW.state, 'missing_signatures', NEW.missing_signatures)::text;
BEGIN
  IF octet_length(told) >= 8000 THEN
    told := json_build_object('submission', NEW.submission_id)::text;
  END IF;
  PERFORM pg_notify('xunji_verdicts', told);
  RETURN NULL;
END
$$;

CREATE TRIGGER tell_verdict AFTER INSERT ON submission_verdict FOR EACH ROW EXECUTE FUNCTION tell_verdict();
