-- Where the asset lies: by a point on it; the claimed division stands when it contains the asset, and as it is
-- said where the city has no divisions that could tell.
CROSS JOIN LATERAL (SELECT $geom AS geom OFFSET 0) g
LEFT JOIN zone_name claim ON claim.kind = 'district' AND claim.said = $claimed
CROSS JOIN LATERAL (
    SELECT min(z.code) AS code FROM zone_piece z
    WHERE z.kind = 'district' AND ST_Intersects(z.geom, ST_PointOnSurface(g.geom))) by_point
CROSS JOIN LATERAL (
    SELECT min(z.code) AS code FROM zone_piece z
    WHERE z.kind = 'unit_grid' AND ST_Intersects(z.geom, ST_PointOnSurface(g.geom))) grid
CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT there.zoned THEN $unzoned
                WHEN g.geom IS NULL THEN claim.code
                WHEN claim.code IS DISTINCT FROM by_point.code AND ST_Covers(claim.geom, g.geom) THEN claim.code
                ELSE by_point.code END AS district, there.zoned
    FROM (SELECT EXISTS (SELECT FROM zone_name n WHERE n.kind = 'district') AS zoned) there OFFSET 0) place
