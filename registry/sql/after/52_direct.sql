-- The steps of a direct edit, called by the triggers of the views that `sync` makes from the declarations.

-- The city of a new row: what it says, else the only one, else the setting registry.city.
CREATE OR REPLACE FUNCTION registry_city_of(said text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE found text := nullif(said, '');
BEGIN
  IF found IS NULL THEN
    SELECT min(key) INTO found FROM city HAVING count(*) = 1;
  END IF;
  found := coalesce(found, nullif(current_setting('registry.city', true), ''));
  IF found IS NULL THEN
    PERFORM registry_refuse('不知道是哪个城市：请填 city 列，或 SET registry.city = ''…''',
                            'which city is not clear: fill the column city, or SET registry.city = ''…''');
  ELSIF NOT EXISTS (SELECT FROM city WHERE key = found) THEN
    PERFORM registry_refuse(format('没有城市 %s', found), format('there is no city %s', found));
  END IF;
  RETURN found;
END $$;

-- The id of a new row: from the sequence, or one that was drawn from it and is not in use.
CREATE OR REPLACE FUNCTION registry_new_id(said bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF said IS NULL THEN RETURN nextval('feature_id_seq'); END IF;
  IF said < 1 OR said > (SELECT last_value FROM feature_id_seq)
     OR EXISTS (SELECT FROM registry_written WHERE id = said) THEN
    PERFORM registry_refuse(format('编号 id = %s 不能用；留空即由数据库编号', said),
                            format('id = %s cannot be used; leave it empty and the database numbers the row', said));
  END IF;
  RETURN said;
END $$;

-- The batch of this transaction; its first edit opens it, in the name of the database user.
CREATE OR REPLACE FUNCTION registry_direct_batch(of_city text) RETURNS batch LANGUAGE plpgsql AS $$
DECLARE b batch;
BEGIN
  SELECT * INTO b FROM batch WHERE id = registry_current_batch();
  IF b.city <> of_city THEN
    PERFORM registry_refuse(format('一个事务只能改一个城市：已有 %s，又来 %s', b.city, of_city),
                            format('one transaction edits one city: %s is open, %s came', b.city, of_city));
  END IF;
  IF b.id IS NULL THEN
    b := registry_open_batch(of_city, 'edit', session_user,
                             coalesce(nullif(btrim(left(regexp_replace(current_setting('registry.reason', true),
                                                              '[[:cntrl:]]+', ' ', 'g'), 500)), ''),
                                      'direct edit by ' || session_user),
                             NULL, NULL, NULL, (SELECT 'view ' || version_num FROM registry_version));
  END IF;
  RETURN b;
END $$;

-- Refuse an edit of another version than the live one: somebody else was faster. QGIS sends only what it changed, so
-- the version that it saw arrives negated (docs/qgis.md): a value that is never the one stored.
CREATE OR REPLACE FUNCTION registry_same_version(edited bigint, live integer, seen integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF live IS NULL THEN
    PERFORM registry_refuse(format('id %s 已被别人删除（你看到的是第 %s 版）', edited, abs(seen)),
                            format('id %s was deleted meanwhile (you saw version %s)', edited, abs(seen)), '40001');
  ELSIF live IS DISTINCT FROM abs(seen) THEN
    PERFORM registry_refuse(
      format('id %s 已是第 %s 版，你改的是第 %s 版；请刷新后再改', edited, live, coalesce(abs(seen)::text, '?')),
      format('id %s is at version %s, the edit is of version %s; refresh and edit again', edited, live,
             coalesce(abs(seen)::text, '?')), '40001');
  END IF;
END $$;

-- One thing wrong with a value, in both languages; NULL (by the caller's CASE) when all is well.
CREATE OR REPLACE FUNCTION registry_problem(zh text, en text, value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_array(replace(zh, '«»', coalesce(left(value, 80), 'NULL')),
                           replace(en, '«»', coalesce(left(value, 80), 'NULL'))) $$;

CREATE OR REPLACE FUNCTION registry_refuse_problems(problems jsonb[]) RETURNS void LANGUAGE sql AS $$
  SELECT registry_refuse(string_agg(p ->> 0, '；'), string_agg(p ->> 1, '; ')) FROM unnest(problems) p $$;

-- The attributes after an edit: what was said otherwise than before is set, NULL takes the key away, the rest stays.
CREATE OR REPLACE FUNCTION registry_edited(attrs jsonb, was jsonb, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT (attrs - coalesce(array_agg(s.key) FILTER (WHERE s.value = 'null'), '{}'))
         || coalesce(jsonb_object_agg(s.key, s.value) FILTER (WHERE s.value <> 'null'), '{}')
  FROM jsonb_each(said) s WHERE s.value IS DISTINCT FROM was -> s.key $$;

-- A surveyed measure wins; else it is the geometry's, worked out only when that moved or the survey was taken back.
CREATE OR REPLACE FUNCTION registry_completed(live asset, made asset) RETURNS asset LANGUAGE plpgsql AS $$
DECLARE
  moved boolean := live.id IS NULL OR made.geom IS DISTINCT FROM live.geom;
  claimed text := CASE WHEN made.district IS DISTINCT FROM live.district THEN made.district END;
BEGIN
  IF NOT made.length_surveyed AND (moved OR live.length_surveyed) THEN
    made.length_m := registry_length_m(made.geom);
  END IF;
  IF NOT made.area_surveyed AND (moved OR live.area_surveyed) THEN
    made.area_m2 := registry_area_m2(made.geom);
  END IF;
  IF made.grid IS NOT DISTINCT FROM live.grid AND moved OR made.grid IS NULL AND live.grid IS NOT NULL THEN
    made.grid := registry_zone_at(made.city, 'unit_grid', made.geom);
  END IF;
  IF moved OR made.district IS DISTINCT FROM live.district THEN
    made.district := registry_district_of(made.city, made.district, made.geom);
    -- With its place goes the district that was told by it, unless it is said anew (as stage_placing.sql).
    IF moved AND made.geom IS NULL AND claimed IS NULL AND EXISTS (
        SELECT FROM zone z WHERE z.city = made.city AND z.kind = 'district' AND z.code IS NOT NULL
                             AND z.edition = registry_zone_edition(made.city, 'district', current_date)) THEN
      made.district := NULL;
    END IF;
    IF claimed <> ALL (SELECT unnest(ARRAY[z.code, z.name]) FROM zone z WHERE z.city = made.city AND z.kind = 'district'
                       AND z.code = made.district UNION ALL SELECT coalesce(made.district, '')) THEN
      RAISE WARNING '所填区 % 不含该设施，按位置定区 / the claimed district % does not contain it; placed by position',
        claimed, claimed;
    END IF;
  END IF;
  IF made.code IS DISTINCT FROM live.code AND EXISTS (
      SELECT FROM asset a WHERE a.class = made.class AND a.city = made.city AND a.code_scheme = made.code_scheme
                            AND a.code = made.code AND a.id <> made.id) THEN
    PERFORM registry_refuse(format('编码 %s 已被别的设施使用', made.code), format('code %s is in use', made.code));
  END IF;
  RETURN made;
END $$;

CREATE OR REPLACE FUNCTION registry_completed(live zone, made zone) RETURNS zone LANGUAGE plpgsql AS $$
BEGIN
  IF NOT made.area_surveyed AND (live.id IS NULL OR live.area_surveyed OR made.geom IS DISTINCT FROM live.geom) THEN
    made.area_m2 := registry_area_m2(made.geom);
  END IF;
  made.edition := coalesce(made.edition, '');
  IF (made.code, made.edition) IS DISTINCT FROM (live.code, live.edition) AND EXISTS (
      SELECT FROM zone z WHERE z.kind = made.kind AND z.city = made.city AND z.edition = made.edition
                           AND z.code = made.code AND z.id <> made.id) THEN
    PERFORM registry_refuse(format('编码 %s 已被别的区域使用', made.code), format('code %s is in use', made.code));
  END IF;
  RETURN made;
END $$;

-- Remember what its source said last when a row changes hands, so that loading the old file again does not undo
-- the edit (see edit_told.sql).
CREATE OR REPLACE FUNCTION registry_changed_hands(edited bigint, its_source text, its_hash bytea) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO told (id, source, hash) SELECT edited, its_source, its_hash
  WHERE its_source IS NOT NULL AND its_hash IS NOT NULL
  ON CONFLICT (id, source) DO NOTHING $$;

-- After a district or unit grid was edited: assets that it held or holds move to the zone they lie in. A zone that
-- still contains the asset stays, as in place_assets.sql. The hashes follow in a second step of the same version.
CREATE OR REPLACE FUNCTION registry_place_again(zone_kind text, place text, before geometry, after geometry, b batch)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF before IS NOT DISTINCT FROM after AND before IS NULL THEN RETURN; END IF;
  EXECUTE format($q$
    UPDATE asset a SET %1$I = p.code, row_hash = '', version = a.version + (a.batch <> $1.id)::int,
                       batch = $1.id, sys_from = $1.at
    FROM (SELECT o.class, o.id, registry_zone_at(o.city, $2, o.geom) AS code
          FROM asset o WHERE o.city = $1.city AND (o.geom && $3 OR o.geom && $4)) p
    WHERE a.class = p.class AND a.city = $1.city AND a.id = p.id AND a.%1$I IS DISTINCT FROM p.code
      AND NOT EXISTS (SELECT FROM zone z WHERE z.city = a.city AND z.kind = $2 AND z.code = a.%1$I
                      AND z.edition = registry_zone_edition(a.city, $2, current_date)
                      AND ST_Covers(z.geom, a.geom))$q$, place)
    USING b, zone_kind, before, after;
  UPDATE asset a SET row_hash = registry_row_hash(a) WHERE a.city = b.city AND a.batch = b.id AND a.row_hash = '';
END $$;
