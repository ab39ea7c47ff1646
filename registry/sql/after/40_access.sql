-- A token is made, and revoked once; nothing else of it ever changes.
CREATE OR REPLACE FUNCTION registry_guard_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
     AND (to_jsonb(OLD) - ARRAY['revoked_at', 'revoked_by', 'revoked_reason'])
       = (to_jsonb(NEW) - ARRAY['revoked_at', 'revoked_by', 'revoked_reason']) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '令牌只能吊销，不能修改或删除 / a token can be revoked only, not changed or deleted'
    USING ERRCODE = 'RG001';
END $$;

DROP TRIGGER IF EXISTS guard_rows ON token;
CREATE TRIGGER guard_rows BEFORE UPDATE OR DELETE ON token FOR EACH ROW EXECUTE FUNCTION registry_guard_token();
DROP TRIGGER IF EXISTS refuse_truncate ON token;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON token FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_direct();
