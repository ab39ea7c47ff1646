SELECT ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM (SELECT ST_Extent(d.geom) AS box FROM $drawn d) e
