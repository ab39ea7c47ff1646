-- New rows that lie on a live asset of their class: the boxes agree within the tolerance, then the shapes.
-- Points are compared by their boxes alone, which is the same to the width of the tolerance.
SELECT DISTINCT ON (d.row_no) d.row_no, a.id, a.code
FROM $diff d
JOIN asset a ON a.class = $key AND a.city = :city AND a.geom && ST_Expand(d.geom, :x, :y)
WHERE d.verdict = 'new'
  AND abs(ST_XMin(a.geom) - ST_XMin(d.geom)) <= :x AND abs(ST_XMax(a.geom) - ST_XMax(d.geom)) <= :x
  AND abs(ST_YMin(a.geom) - ST_YMin(d.geom)) <= :y AND abs(ST_YMax(a.geom) - ST_YMax(d.geom)) <= :y
  AND (ST_Dimension(d.geom) = 0 OR ST_HausdorffDistance(a.geom, d.geom) <= :x)
ORDER BY d.row_no, a.id
