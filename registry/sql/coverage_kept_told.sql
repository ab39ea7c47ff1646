-- What there is to say of the parcels of this run: what is served, and the blind spots left.
CREATE TEMP TABLE $told ON COMMIT DROP AS
SELECT c.id, CAST(floor(ST_XMin(l.geom) / $cell_m) AS int) AS x, CAST(floor(ST_YMin(l.geom) / $cell_m) AS int) AS y,
       c.covered_m2, coalesce(ST_Area(c.gap), 0) AS gap_m2, g.gaps, g.slivers, g.sliver_m2
FROM $cover c JOIN $land l USING (id)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.area_m2 >= :sliver_m2) AS gaps, count(*) FILTER (WHERE d.area_m2 < :sliver_m2) AS slivers,
           coalesce(sum(d.area_m2) FILTER (WHERE d.area_m2 < :sliver_m2), 0) AS sliver_m2
    FROM (SELECT ST_Area((ST_Dump(c.gap)).geom) AS area_m2) d) g
