-- Points from afar: one for each cell of the level that lies in this tile, in their middle. Where a cell begins is the
-- same sum for every tile, so that each point is counted in one; several points that are one thing stand at their corner.
-- OFFSET 0: each sum is worked out once for a point.
SELECT CASE WHEN c._n = 1 THEN c._first END AS id, c._n AS point_count$shown,
  ST_MakePoint(round($extent * (c._lon - «w») / («e» - «w»)), round($extent * ($down_mean - «row»))) AS geom
FROM (
  SELECT count(*) AS _n, min(p.id) AS _first, avg(p._lon) AS _lon, avg(p._lat) AS _lat$counted
  FROM (SELECT m.*, least(floor((m._lon + 180) / 360 * «columns» * $cells), «columns» * $cells - 1) AS _x,
          least(floor($down * $cells), «rows» * $cells - 1) AS _y
        FROM (SELECT a.id$columns, ST_XMin(a.geom) AS _lon, ST_YMin(a.geom) AS _lat
              FROM $source a WHERE a.geom && $box$points AND $where OFFSET 0) m OFFSET 0) p
  WHERE p._x >= «column» * $cells AND p._x < («column» + 1) * $cells
    AND p._y >= «row» * $cells AND p._y < («row» + 1) * $cells
  GROUP BY p._x, p._y
) c
