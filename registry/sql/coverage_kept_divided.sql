-- Which division each parcel lies in as a whole (of one tile of it), else what each has of it.
CREATE TEMP TABLE $divided ON COMMIT DROP AS
WITH met AS MATERIALIZED (
    SELECT l.id, t.code, m.whole,
           CASE WHEN NOT m.whole THEN ST_CollectionExtract(ST_Intersection(t.geom, l.geom), 3) END AS geom
    FROM $division t JOIN $land l ON ST_Intersects(t.geom, l.geom)
    CROSS JOIN LATERAL (SELECT ST_Covers(t.geom, l.geom) AS whole OFFSET 0) m
), inside AS (
    SELECT met.id, min(met.code) AS code FROM met WHERE met.whole GROUP BY met.id
)
SELECT i.id, i.code, true AS whole, CAST(NULL AS geometry) AS geom FROM inside i
UNION ALL
SELECT met.id, met.code, false, ST_Union(met.geom) FROM met
WHERE NOT ST_IsEmpty(met.geom) AND NOT EXISTS (SELECT FROM inside i WHERE i.id = met.id) GROUP BY met.id, met.code
