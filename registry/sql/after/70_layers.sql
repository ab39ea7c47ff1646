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
  INSERT INTO layer AS kept (city, key, version, at, batch, floor, born)
  VALUES (of_city, of_key, l.version, coalesce(b.at, l.at), b.id, CASE WHEN whole THEN l.version ELSE 0 END, l.version)
  ON CONFLICT (city, key) DO UPDATE SET version = excluded.version, at = excluded.at, batch = excluded.batch,
    floor = greatest(kept.floor, pruned, excluded.floor);
  RETURN l.version;
END $$;

-- Hung on the parent, statement by statement, as the history is. Of few rows each envelope is kept, of many the one
-- around them all; a dry run is never committed and must not make anybody wait.
CREATE OR REPLACE FUNCTION registry_touch_layers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  b record;
  touched record;
  few boolean;
  changed bigint;
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
  UPDATE layer SET born = version;
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
END $$;
