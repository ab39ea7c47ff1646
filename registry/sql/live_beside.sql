-- How many of some places (EPSG:4490) have the outline or point of a live feature of the class within so many degrees.
-- Class and city are kept from the primary key, which a planner without statistics takes: 34 ms a place against 0.1.
SELECT count(*) FILTER (WHERE EXISTS (
    SELECT FROM $table a
    WHERE ST_DWithin(a.geom, p.at, :degrees) AND a.$discriminator || '' = :key AND a.city || '' = :city
      AND (ST_Dimension(a.geom) < 2 OR ST_DWithin(ST_Boundary(a.geom), p.at, :degrees))))
FROM (SELECT ST_SetSRID(ST_MakePoint(x, y), :srid) AS at
      FROM unnest(CAST(:x AS float8[]), CAST(:y AS float8[])) AS place(x, y)) p
