-- Which division each parcel lies in as a whole (of one tile of it), else what each has of it.
CREATE TEMP TABLE $divided ON COMMIT DROP AS
WITH met AS MATERIALIZED (
    SELECT l.id, t.code, m.whole,
           CASE WHEN NOT m.whole THEN ST_CollectionExtract(ST_Intersection(t.geom, l.geom), 3) END AS geom
    FROM $division t JOIN $land l ON ST_Intersects(t.geom, l.geom)
    CROSS JOIN LATERAL (SELECT ST_Covers(t.geom, l.geom) AS whole OFFSET 0) m
)
SELECT met.id, min(met.code) AS code, true AS whole, CAST(NULL AS geometry) AS geom FROM met WHERE met.whole GROUP BY met.id
UNION ALL
-- Parts of no area too: who has land at its border is told of as in a full run.
SELECT met.id, met.code, false, ST_Union(met.geom) FROM met WHERE NOT met.whole GROUP BY met.id, met.code
