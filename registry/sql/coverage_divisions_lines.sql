-- Length and served length of each division. A line along a border belongs to the tile that comes first, and to no other.
WITH tile AS (
    SELECT row_number() OVER (ORDER BY t.code, t.ctid) AS n, t.code, t.geom FROM $division t
), met AS (
    SELECT t.n, t.code, l.id, l.geom, c.gap, t.geom AS tile
    FROM tile t JOIN $land l ON ST_Intersects(t.geom, l.geom) JOIN $cover c USING (id)
), own AS (
    SELECT m.code, ST_CollectionExtract(ST_Difference(ST_Intersection(m.geom, m.tile), e.geom), 2) AS geom, m.gap
    FROM met m
    CROSS JOIN LATERAL (
        SELECT coalesce(ST_Union(o.tile), ST_SetSRID(ST_GeomFromText('POLYGON EMPTY'), ST_SRID(m.geom))) AS geom
        FROM met o WHERE o.id = m.id AND o.n < m.n) e
)
SELECT o.code, sum(ST_Length(o.geom)) AS area_m2,
       sum(ST_Length(o.geom) - coalesce(ST_Length(ST_CollectionExtract(ST_Intersection(o.geom, o.gap), 2)), 0)) AS covered_m2,
       NULL AS people, NULL AS people_covered
FROM own o GROUP BY o.code
