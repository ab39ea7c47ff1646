-- Cut into pieces of few vertices, so that a parcel looks at what lies near it only.
CREATE TEMP TABLE $tile ON COMMIT DROP AS
SELECT $code AS code, ST_Subdivide(s.geom, $vertices) AS geom FROM $source s WHERE s.geom IS NOT NULL
