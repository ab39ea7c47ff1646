-- A layer as it goes into the frozen file: what its rows say, and the geometry in the working CRS.
SELECT $columns, ST_AsBinary(r.geom, 'NDR') AS wkb FROM $layer r WHERE r.geom IS NOT NULL AND NOT ST_IsEmpty(r.geom) ORDER BY 1
