-- Batches: opened in one way, chained, sealed at the latest by the commit, never changed afterwards.

-- Refuse with a sentence in both languages.
CREATE OR REPLACE FUNCTION registry_refuse(zh text, en text, state text DEFAULT 'RG001') RETURNS void
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% / %', replace(zh, ' / ', '/'), en USING ERRCODE = state; END $$;

-- The one writer lock of a city, held to the end of the transaction: batch order = commit order. A lock of a row,
-- since anybody may take an advisory lock, and who only reads must not be able to hold up who writes.
CREATE OR REPLACE FUNCTION registry_lock(of_city text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN PERFORM FROM city WHERE key = of_city FOR NO KEY UPDATE; END $$;

-- Open the batch of this transaction; rows written until its end carry its id, and its time as their sys_from.
CREATE OR REPLACE FUNCTION registry_open_batch(of_city text, its_kind text, its_actor text, its_reason text,
                                               its_source text, sha256 text, its_mapping jsonb, its_code text)
RETURNS batch LANGUAGE plpgsql AS $$
DECLARE b batch;
BEGIN
  INSERT INTO batch (city, at, kind, actor, reason, source, source_sha256, mapping, code_version)
  VALUES (of_city, clock_timestamp(), its_kind, its_actor, its_reason, its_source, sha256, its_mapping, its_code)
  RETURNING * INTO b;
  PERFORM set_config('registry.batch', b.id::text, true);
  RETURN b;
END $$;

-- Whoever opens a batch gets its place in the chain: the time is read after the lock and is later than that of
-- every batch before, even when the clock went back, so that versions never overlap.
CREATE OR REPLACE FUNCTION registry_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last batch;
BEGIN
  IF TG_OP = 'INSERT' AND NEW.hash IS NULL THEN
    -- An older snapshot cannot see the batch that committed while this one waited for the lock.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
      PERFORM registry_refuse('写入须用 READ COMMITTED 隔离级别', 'writes need the isolation level READ COMMITTED');
    END IF;
    -- A dry run is never committed (registry_seal_at_commit), so it needs no place in the chain and keeps nobody waiting.
    IF NEW.mapping -> 'dry_run' IS DISTINCT FROM 'true' THEN
      PERFORM registry_lock(NEW.city);
    END IF;
    SELECT * INTO last FROM batch WHERE city = NEW.city ORDER BY at DESC, id DESC LIMIT 1;
    NEW.at := greatest(clock_timestamp(), last.at + interval '1 microsecond');
    -- One that this transaction left open is sealed now, or the chain would have nothing to hang on.
    NEW.prev_hash := CASE WHEN last.id IS NOT NULL THEN coalesce(last.hash, registry_seal_batch(last.id, NULL)) END;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.hash IS NULL AND NEW.hash IS NOT NULL
     AND to_jsonb(NEW) - ARRAY['hash', 'counts'] = to_jsonb(OLD) - ARRAY['hash', 'counts'] THEN
    RETURN NEW;                                                                                -- the sealing itself
  END IF;
  PERFORM registry_refuse('批次不能修改或删除', 'a batch cannot be changed or deleted');
END $$;

CREATE OR REPLACE FUNCTION registry_seal_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.mapping -> 'dry_run' = 'true' THEN
    PERFORM registry_refuse('试运行的批次不能提交', 'a dry run cannot be committed');
  END IF;
  PERFORM registry_seal_batch(id, NULL) FROM batch WHERE id = NEW.id AND hash IS NULL;
  RETURN NULL;
END $$;

-- Functions that direct users set off run with the rights of the owner: what a session may set must change neither
-- what a name means nor how a number is written (row hashes are made of text).
CREATE OR REPLACE FUNCTION registry_secure(function regprocedure) RETURNS void LANGUAGE plpgsql AS $$
DECLARE path text;
BEGIN
  SELECT string_agg(quote_ident(s), ', ' ORDER BY s = current_schema() DESC) || ', pg_temp' INTO path
  FROM (SELECT current_schema()::text AS s UNION
        SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'postgis') schemas;
  EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %s SET extra_float_digits = 1', function, path);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);      -- or it could hang on a table of one's own
END $$;

DO $$
BEGIN
  DROP TRIGGER IF EXISTS guard_rows ON batch;
  DROP TRIGGER IF EXISTS refuse_truncate ON batch;
  DROP TRIGGER IF EXISTS seal_at_commit ON batch;
  CREATE TRIGGER guard_rows BEFORE INSERT OR UPDATE OR DELETE ON batch
    FOR EACH ROW EXECUTE FUNCTION registry_guard_batch();
  CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON batch
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse_direct();
  CREATE CONSTRAINT TRIGGER seal_at_commit AFTER INSERT ON batch DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION registry_seal_at_commit();
  PERFORM registry_secure('registry_seal_at_commit()');
END $$;
