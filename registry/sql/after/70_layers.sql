-- Layers: what a class or kind of zones of a city looks like has a version, which every write takes forward in its own
-- transaction. A reader asks for the version first and for the data after it, so that what it keeps is never older than
-- the version it is kept under. The city's writer lock is held by whoever has opened a batch: nobody waits here.

-- The next version of a layer; one for each batch, since its rows are updated once then. whole: all of it may differ.
CREATE OR REPLACE FUNCTION registry_change_layer(of_city text, of_key text, whole boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  l layer;
  b record;
  pruned bigint;
BEGIN
  SELECT id, at, mapping -> 'dry_run' = 'true' AS dry INTO b FROM batch WHERE id = registry_current_batch();
  SELECT * INTO l FROM layer WHERE city = of_city AND key = of_key;
  IF b.dry OR l.batch = b.id AND NOT whole THEN RETURN l.version; END IF;
  l.version := greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint, l.version + 1);
  -- Who has not looked for an hour may as well look anew.
  WITH gone AS (DELETE FROM layer_touch t WHERE t.city = of_city AND t.key = of_key
                AND (whole OR t.version < l.version - 3600000000::bigint) RETURNING t.version)
  SELECT max(version) INTO pruned FROM gone;
  INSERT INTO layer AS kept (city, key, version, at, batch, floor, born, filled, filled_at)
  VALUES (of_city, of_key, l.version, coalesce(b.at, l.at), b.id, CASE WHEN whole THEN l.version ELSE 0 END, l.version, '{}', l.version)
  ON CONFLICT (city, key) DO UPDATE SET version = excluded.version, at = excluded.at, batch = excluded.batch,
    floor = greatest(kept.floor, pruned, excluded.floor);
  RETURN l.version;
END $$;

-- The condition of a row that has more than $3, which is known of its layer. Not in the language sql, which plans this each time.
CREATE OR REPLACE FUNCTION registry_has_more(of_table regclass, known text[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT format('(attrs - $3 <> ''{}'' OR coalesce(GeometryType(geom), ''NONE'') <> ALL ($3) OR num_nonnulls(NULL::text%s) > 0)',
                        string_agg(format(', %I', attname), ''))
          FROM pg_attribute WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND attname <> ALL (known));
END $$;

-- What of these rows has a value that no row of the layer had before, some of it: keys of attrs and columns; also GeometryTypes,
-- which no key is called, and NONE of what has no place. Binds $1 key, $2 city, $3 what is known; asked again with what it found,
-- until nothing is left, each row is looked at a few times at most, and most of them once.
CREATE OR REPLACE FUNCTION registry_filled_sql(of_table regclass, of_rows text, key_column text, known text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  WITH empty AS (SELECT attname AS name FROM pg_attribute
                 WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND attname <> ALL (known))
  SELECT format('SELECT array_agg(DISTINCT n.name) FROM (SELECT * FROM %1$s WHERE %2$I = $1 AND city = $2 AND %3$s LIMIT 100) r
                 CROSS JOIN LATERAL (SELECT jsonb_object_keys(attrs - $3) UNION ALL SELECT coalesce(GeometryType(geom), ''NONE'')%4$s) n (name) WHERE n.name IS NOT NULL',
                of_rows, key_column, registry_has_more(of_table, known),
                (SELECT string_agg(format(' UNION ALL SELECT CASE WHEN %I IS NOT NULL THEN %L END', name, name), '') FROM empty)) $$;

CREATE OR REPLACE FUNCTION registry_fill_layer(of_city text, of_key text, names text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE layer SET filled = names, filled_at = greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint, filled_at + 1)
  WHERE city = of_city AND key = of_key $$;

-- What is known, and what the rows of a table have beside it.
CREATE OR REPLACE FUNCTION registry_filled(of_rows regclass, key_column text, of_key text, of_city text, known text[]) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE found text[];
BEGIN
  LOOP
    EXECUTE registry_filled_sql(of_rows, of_rows::text, key_column, known) INTO found USING of_key, of_city, known;
    IF found IS NULL THEN RETURN known; END IF;
    known := known || found;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION registry_refill_layers() RETURNS void LANGUAGE sql AS $$
  SELECT registry_fill_layer(city, key, registry_filled('zone', 'kind', key, city, registry_filled('asset', 'class', key, city, '{}')))
  FROM layer WHERE filled IS NULL $$;

-- Hung on the parent, statement by statement, as the history is. Of few rows each envelope is kept, of many the one
-- around them all; a dry run is never committed and must not make anybody wait.
CREATE OR REPLACE FUNCTION registry_touch_layers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  b record;
  touched record;
  few boolean;
  more boolean;
  changed bigint;
  filled text[];
  found text[];
  written text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT %1$I AS key, geom FROM new_rows'
                             WHEN 'DELETE' THEN 'SELECT %1$I AS key, geom FROM old_rows'
                             ELSE 'SELECT %1$I AS key, geom FROM new_rows UNION ALL SELECT %1$I, geom FROM old_rows' END;
BEGIN
  SELECT city, mapping -> 'dry_run' = 'true' AS dry INTO b FROM batch WHERE id = registry_current_batch();
  IF b.city IS NULL OR b.dry THEN RETURN NULL; END IF;
  written := format(written, TG_ARGV[0]);
  EXECUTE format('SELECT count(*) <= 2000 FROM (SELECT FROM (%s) w LIMIT 2001) x', written) INTO few;
  FOR touched IN EXECUTE format(
    'SELECT key, array_agg(DISTINCT e) AS boxes FROM (SELECT key, %s AS e FROM (%s) w%s) x GROUP BY key',
    CASE WHEN few THEN 'ST_Envelope(geom)' ELSE 'ST_Envelope(ST_Extent(geom)::geometry)' END, written,
    CASE WHEN few THEN '' ELSE ' GROUP BY key' END)
  LOOP
    changed := registry_change_layer(b.city, touched.key, false);  -- whatever has no place touches none, and is another all the same
    INSERT INTO layer_touch (city, key, version, west, south, east, north)
    SELECT b.city, touched.key, changed, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
    FROM unnest(touched.boxes) e WHERE NOT ST_IsEmpty(e);
    IF TG_OP = 'DELETE' THEN CONTINUE; END IF;
    SELECT l.filled INTO filled FROM layer l WHERE l.city = b.city AND l.key = touched.key;
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows WHERE %I = $1 AND city = $2 AND %s)', TG_ARGV[0], registry_has_more(TG_RELID, filled))
      INTO more USING touched.key, b.city, filled;   -- rarely one has; to look for its name takes 0.5 ms, this a tenth
    WHILE more LOOP
      EXECUTE registry_filled_sql(TG_RELID, 'new_rows', TG_ARGV[0], filled) INTO found USING touched.key, b.city, filled;
      EXIT WHEN found IS NULL;
      filled := filled || found;
      PERFORM registry_fill_layer(b.city, touched.key, filled);
    END LOOP;
  END LOOP;
  RETURN NULL;
END $$;

-- Where the city itself is set up otherwise, all that is told of it may be told otherwise.
CREATE OR REPLACE FUNCTION registry_touch_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM registry_change_layer(NEW.key, l.key, true) FROM layer l WHERE l.city = NEW.key;
  RETURN NULL;
END $$;

-- After a restore: no version of before means anything, not even that a layer was never written.
CREATE OR REPLACE FUNCTION registry_renew_layers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM registry_change_layer(c.key, k.key, true) FROM city c CROSS JOIN catalogue k;
  UPDATE layer SET born = version, filled = NULL;
  PERFORM registry_refill_layers();
END $$;

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES ('asset', 'class'), ('zone', 'kind')) x(name, key) LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS touch_layers_insert ON %I', t.name);
    EXECUTE format('DROP TRIGGER IF EXISTS touch_layers_update ON %I', t.name);
    EXECUTE format('DROP TRIGGER IF EXISTS touch_layers_delete ON %I', t.name);
    EXECUTE format('CREATE TRIGGER touch_layers_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_layers(%L)', t.name, t.key);
    EXECUTE format('CREATE TRIGGER touch_layers_update AFTER UPDATE ON %I
                    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_layers(%L)', t.name, t.key);
    EXECUTE format('CREATE TRIGGER touch_layers_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_layers(%L)', t.name, t.key);
  END LOOP;
  DROP TRIGGER IF EXISTS touch_city ON city;
  CREATE TRIGGER touch_city AFTER UPDATE ON city FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION registry_touch_city();
  PERFORM registry_refill_layers();
END $$;
