-- Segments that run beside another one of the same road: the nearest place to their middle is within the other, near and parallel.
WITH r AS MATERIALIZED (
    SELECT a.id, $road AS road, ($measure) AS measure, ST_Transform(ST_GeometryN(a.geom, 1), CAST(:srid AS int)) AS line
    FROM $assets a $beside
    WHERE a.class = :class AND a.city = :city AND $where AND a.geom IS NOT NULL AND ST_Dimension(a.geom) = 1 AND ($verdict) = 'good'
)
SELECT count(*) AS segments, coalesce(sum(round(x.measure * 1e6)), 0) AS length
FROM (SELECT r.*, ST_LineInterpolatePoint(line, 0.5) AS middle,
             ST_Azimuth(ST_LineInterpolatePoint(line, 0.45), ST_LineInterpolatePoint(line, 0.55)) AS heading FROM r WHERE road IS NOT NULL) x
WHERE EXISTS (
    SELECT FROM r y CROSS JOIN LATERAL (SELECT ST_LineLocatePoint(y.line, x.middle) AS at) n
    WHERE y.road = x.road AND y.id <> x.id AND n.at > 0.001 AND n.at < 0.999 AND ST_DWithin(y.line, x.middle, :beside_m)
      AND abs(sin(x.heading - ST_Azimuth(ST_LineInterpolatePoint(y.line, greatest(n.at - 0.02, 0)),
                                         ST_LineInterpolatePoint(y.line, least(n.at + 0.02, 1))))) < sin(radians(:beside_deg)))
