-- A class that holds no row gets a new partition: filled out of readers' sight, indexed when it is full (sorted builds
-- cost a fraction of the upkeep), and put in the place of the empty one at the end. store/fresh.py goes through the steps.

-- Begin: an empty table like the partition, without its indexes. NULL where the partition is not empty, or is not as
-- `sync` made it (views, publications, rights or comments of the bureau's own hang on it), or somebody is changing it.
CREATE OR REPLACE FUNCTION registry_fresh_begin(partition regclass, apart text) RETURNS regclass LANGUAGE plpgsql AS $$
DECLARE
  p pg_class;
  made regclass;
  empty boolean;
  bound text := (SELECT pg_get_partition_constraintdef(partition));
BEGIN
  BEGIN   -- to the end of the transaction: readers and writers go on, changes of its indexes wait
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', partition);
  EXCEPTION WHEN lock_not_available THEN RETURN NULL;
  END;
  SELECT * INTO p FROM pg_class WHERE oid = partition;
  IF NOT p.relispartition OR p.relkind <> 'r' OR p.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
     OR p.relacl IS NOT NULL OR p.reloptions IS NOT NULL OR p.reltablespace <> 0 OR p.relreplident <> 'd'
     OR p.relrowsecurity OR p.relpersistence <> 'p' OR obj_description(partition, 'pg_class') IS NOT NULL
     OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = partition AND tgname <> 'refuse_direct')
     OR EXISTS (SELECT FROM pg_index WHERE indrelid = partition AND NOT indisvalid)
     OR EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = partition AND classid <> ALL
                (ARRAY['pg_class', 'pg_constraint', 'pg_attrdef', 'pg_type', 'pg_trigger']::regclass[])) THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', partition) INTO empty;
  IF NOT empty THEN RETURN NULL; END IF;
  EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
                 'INCLUDING COMPRESSION)', apart, p.relname, partition);
  made := format('%I.%I', apart, p.relname)::regclass;
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT fresh_bound CHECK (%s)', made, bound);   -- or ATTACH would look at every row
  RETURN made;
END $$;

-- Rows that came as a table of their own get the form of the empty one and take its place; whatever it forbids they may not be.
CREATE OR REPLACE FUNCTION registry_fresh_fill(rows regclass, empty regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  its_name text := (SELECT relname FROM pg_class WHERE oid = empty);
  form text := (
    SELECT string_agg(change, ', ') FROM (
      SELECT format('ALTER COLUMN %I SET NOT NULL', attname) FROM pg_attribute WHERE attrelid = empty AND attnum > 0 AND attnotnull
      UNION ALL
      SELECT format('ALTER COLUMN %I SET DEFAULT %s', a.attname, pg_get_expr(d.adbin, d.adrelid))
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = empty
      UNION ALL
      SELECT format('ALTER COLUMN %I SET STORAGE %s', e.attname,
                    CASE e.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
      FROM pg_attribute e JOIN pg_attribute r USING (attname)
      WHERE e.attrelid = empty AND r.attrelid = rows AND e.attnum > 0 AND e.attstorage <> r.attstorage
      UNION ALL
      SELECT format('ALTER COLUMN %I SET COMPRESSION %s', attname, CASE attcompression WHEN 'l' THEN 'lz4' ELSE 'pglz' END)
      FROM pg_attribute WHERE attrelid = empty AND attnum > 0 AND attcompression <> ''
      UNION ALL
      SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = empty AND contype = 'c'
    ) f (change));
BEGIN
  EXECUTE format('ALTER TABLE %s %s', rows, form);   -- all at once: the rows are looked at once
  EXECUTE format('DROP TABLE %s', empty);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', rows, its_name);
END $$;

-- Give a full table the indexes, the keys and the wall of the partition that it is to follow. Its statistics are rough
-- ones, at a tenth of the cost (1 s of 300,000 rows' 10): autovacuum sees the new rows after the commit and makes better.
CREATE OR REPLACE FUNCTION registry_fresh_index(fresh regclass, partition regclass) RETURNS void LANGUAGE plpgsql
SET default_statistics_target = 10 AS $$
DECLARE
  i record;
  its_place text := (SELECT format(' ON %I.%I USING ', relnamespace::regnamespace, relname) FROM pg_class WHERE oid = partition);
BEGIN
  FOR i IN SELECT pg_get_indexdef(x.indexrelid) AS def, c.conname, c.contype
           FROM pg_index x LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype IN ('p', 'u')
           WHERE x.indrelid = partition ORDER BY x.indexrelid LOOP
    IF strpos(i.def, its_place) = 0 THEN
      RAISE EXCEPTION 'index of an unknown form: %', i.def;
    END IF;
    EXECUTE replace(i.def, its_place, format(' ON %s USING ', fresh));
    IF i.conname IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I', fresh, i.conname,
                     CASE i.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.conname);
    END IF;
  END LOOP;
  PERFORM registry_guard_partition(fresh, true);
  EXECUTE format('ANALYZE %s', fresh);
END $$;

-- The end: the full table in the place of the empty one. The triggers of the parent do not see it come, hence the same
-- check as theirs here. False, and nothing has changed, where readers do not let go in time or somebody wrote meanwhile.
CREATE OR REPLACE FUNCTION registry_fresh_end(fresh regclass, partition regclass, tries integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  b record;
  wrong boolean;
  of_class text;
  known text[];
  timeout text := current_setting('lock_timeout');
  parent regclass := (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = partition);
  bound text := (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = partition);
  home text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = partition);
BEGIN
  SELECT id, city, at INTO b FROM batch WHERE id = registry_current_batch();
  EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE batch IS DISTINCT FROM $1 OR city IS DISTINCT FROM $2 '
                 'OR sys_from IS DISTINCT FROM $3 OR version <> 1)', fresh) INTO wrong USING b.id, b.city, b.at;
  IF wrong OR b.id IS NULL THEN
    PERFORM registry_refuse('行的批次、城市或时间与当前批次不符', 'batch, city or time of a row is not that of the open batch');
  END IF;
  EXECUTE format('SELECT class FROM %s LIMIT 1', fresh) INTO of_class;
  SELECT filled INTO known FROM layer WHERE city = b.city AND key = of_class;
  known := registry_filled(fresh, 'class', of_class, b.city, coalesce(known, '{}'));
  -- Each try ends before PostgreSQL looks for deadlocks (1 s), which might end somebody else; readers wait no longer.
  FOR try IN 1 .. tries LOOP
    BEGIN
      PERFORM set_config('lock_timeout', '300ms', true);
      EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
      EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', partition);
      EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO wrong;
      IF wrong THEN RAISE EXCEPTION USING ERRCODE = 'lock_not_available'; END IF;         -- lets go of the locks
      EXECUTE format('DROP TABLE %s', partition);
      EXECUTE format('ALTER TABLE %s SET SCHEMA %s', fresh, home);
      EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, fresh, bound);
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT fresh_bound', fresh);
      PERFORM set_config('lock_timeout', timeout, true);
      PERFORM registry_change_layer(b.city, of_class, true), registry_fill_layer(b.city, of_class, known);
      RETURN true;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      EXIT WHEN wrong;
      PERFORM pg_sleep(0.2);
    END;
  END LOOP;
  RETURN false;
END $$;

DO $$
BEGIN
  REVOKE ALL ON FUNCTION registry_fresh_begin(regclass, text), registry_fresh_index(regclass, regclass), registry_fresh_fill(regclass, regclass),
    registry_fresh_end(regclass, regclass, integer) FROM PUBLIC;
END $$;
