-- Lines and areas from afar: all that are larger than the grain, and of the smaller ones the largest in each, in the one
-- tile only in which its corner lies, so that neighbours agree. OFFSET 0: each size is worked out once.
SELECT DISTINCT ON (s._place) s.* FROM (
  SELECT m.*, CASE WHEN m._size >= «grain» THEN -m.id ELSE
    65536 * floor((m._lat + 90) / «grain»)::bigint + floor((m._lon - «w») / «grain»)::bigint END AS _place
  FROM (SELECT a.id$columns, a.geom AS geom, $size AS _size, ST_XMin(a.geom) AS _lon, ST_YMin(a.geom) AS _lat
        FROM $source a WHERE a.geom && $box$shapes AND $where OFFSET 0) m
  WHERE m._size >= «grain» OR (m._lon >= «w» AND m._lon < «e» AND m._lat >= «s» AND m._lat < «n»)
) s ORDER BY s._place, s._size DESC, s.id
