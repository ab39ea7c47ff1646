-- Segments that run beside another one of the same road: the nearest place to their middle is within the other, near and parallel.
-- Only roads of several segments are looked at, and of each only what lies in the same cell of a grid: a name such as 无名路
-- may stand on thousands.
WITH inside AS MATERIALIZED (
    SELECT i.id, i.road, i.measure, ST_Transform(ST_GeometryN(i.geom, 1), CAST(:srid AS int)) AS line
    FROM (SELECT g.*, count(*) OVER (PARTITION BY g.road) AS segments FROM (
              SELECT a.id, $road AS road, ($measure) AS measure, a.geom
              FROM $assets a $beside
              WHERE a.class = :class AND a.city = :city AND $where AND a.geom IS NOT NULL AND ST_Dimension(a.geom) = 1 AND ($verdict) = 'good'
          ) g WHERE g.road IS NOT NULL) i
    WHERE i.segments > 1
), middles AS MATERIALIZED (
    SELECT id, road, measure, middle, heading, CAST(floor(ST_X(middle) / :cell_m) AS int) AS east, CAST(floor(ST_Y(middle) / :cell_m) AS int) AS north
    FROM (SELECT id, road, measure, ST_LineInterpolatePoint(line, 0.5) AS middle,
                 ST_Azimuth(ST_LineInterpolatePoint(line, 0.45), ST_LineInterpolatePoint(line, 0.55)) AS heading FROM inside) m
), cells AS MATERIALIZED (
    SELECT id, road, line, east, north
    FROM inside
    CROSS JOIN generate_series(CAST(floor((ST_XMin(line) - :beside_m) / :cell_m) AS int), CAST(floor((ST_XMax(line) + :beside_m) / :cell_m) AS int)) east
    CROSS JOIN generate_series(CAST(floor((ST_YMin(line) - :beside_m) / :cell_m) AS int), CAST(floor((ST_YMax(line) + :beside_m) / :cell_m) AS int)) north
)
SELECT count(*) AS segments, coalesce(sum(round(d.measure * 1e6)), 0) AS length
FROM (
    SELECT DISTINCT n.id, n.measure
    FROM (SELECT x.id, x.measure, x.heading, y.line, ST_LineLocatePoint(y.line, x.middle) AS at
          FROM middles x JOIN cells y USING (road, east, north)
          WHERE y.id <> x.id AND ST_DWithin(y.line, x.middle, :beside_m) OFFSET 0) n
    WHERE n.at > 0.001 AND n.at < 0.999
      AND abs(sin(n.heading - ST_Azimuth(ST_LineInterpolatePoint(n.line, greatest(n.at - 0.02, 0)),
                                         ST_LineInterpolatePoint(n.line, least(n.at + 0.02, 1))))) < sin(radians(:beside_deg))
) d
