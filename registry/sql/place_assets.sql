-- After divisions changed: every asset of the city whose division is no longer right moves to the right one.
-- A division that still contains the asset stays (a claim that was accepted before). since: only those written later
-- than that, by other batches than this one (null: all).
UPDATE asset a
SET $column = p.code, row_hash = $hash, version = a.version + (a.batch <> :batch)::int, batch = :batch, sys_from = :at
FROM (
    SELECT o.class, o.id, z.code
    FROM asset o
    LEFT JOIN LATERAL (
        SELECT n.code FROM zone_piece n
        WHERE n.kind = :kind AND ST_Intersects(n.geom, ST_PointOnSurface(o.geom))
        ORDER BY n.code LIMIT 1) z ON true
    WHERE o.city = :city AND o.geom IS NOT NULL
      AND (CAST(:since AS timestamptz) IS NULL OR (o.sys_from > CAST(:since AS timestamptz) AND o.batch <> :batch))
      AND z.code IS DISTINCT FROM o.$column
      AND NOT EXISTS (SELECT FROM zone_name c WHERE c.kind = :kind AND c.code = o.$column
                      AND ST_Covers(c.geom, o.geom))
) p
WHERE a.class = p.class AND a.city = :city AND a.id = p.id
