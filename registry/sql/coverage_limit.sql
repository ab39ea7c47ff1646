-- The bounding area is cut to the areas of a scope; where there was none, they are it.
UPDATE $union u
SET geom = CASE WHEN :bounded THEN ST_CollectionExtract(ST_Intersection(u.geom, l.geom), 3) ELSE l.geom END
FROM (SELECT coalesce(ST_Union(s.geom ORDER BY s.id), ST_GeomFromText('POLYGON EMPTY', CAST(:srid AS int))) AS geom
      FROM $source s WHERE s.code = ANY(CAST(:codes AS text[]))) l
