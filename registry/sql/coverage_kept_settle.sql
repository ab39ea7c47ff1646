-- Work out what the differing facilities change, and let it become what is kept.
WITH $parts, row_gone AS (
    DELETE FROM coverage_kept_row k USING (SELECT DISTINCT thing FROM $changed) c
    WHERE k.kept = :kept AND k.thing = c.thing AND NOT EXISTS (SELECT FROM $row r WHERE r.id = k.id)
), row_came AS (
    INSERT INTO coverage_kept_row (kept, id, thing, digest, reason, area_m2)
    SELECT :kept, r.id, r.thing, r.digest, r.reason, ST_Area(r.geom) FROM $row r
    ON CONFLICT (kept, id) DO UPDATE SET thing = excluded.thing, digest = excluded.digest, reason = excluded.reason, area_m2 = excluded.area_m2
), facility_gone AS (
    DELETE FROM coverage_kept_facility k USING (SELECT DISTINCT thing FROM $changed) c
    WHERE k.kept = :kept AND k.thing = c.thing AND NOT EXISTS (SELECT FROM $came n WHERE n.thing = k.thing)
), facility_came AS (
    INSERT INTO coverage_kept_facility (kept, thing, tier, area_m2, geom) SELECT :kept, n.thing, n.tier, n.area_m2, n.geom FROM $came n
    ON CONFLICT (kept, thing) DO UPDATE SET tier = excluded.tier, area_m2 = excluded.area_m2, geom = excluded.geom
), cell AS (
    INSERT INTO coverage_kept_cell (kept, x, y, area_m2, geom) SELECT :kept, h.x, h.y, coalesce(h.area_m2, 0), h.geom FROM $hit h
    ON CONFLICT (kept, x, y) DO UPDATE SET area_m2 = excluded.area_m2, geom = excluded.geom
), parcel AS (
    UPDATE coverage_kept_parcel k SET covered_m2 = t.covered_m2, gap_m2 = t.gap_m2, gaps = t.gaps, slivers = t.slivers,
                                      sliver_m2 = t.sliver_m2
    FROM $told t WHERE k.kept = :kept AND k.x = t.x AND k.y = t.y AND k.id = t.id
), part AS (
    UPDATE coverage_kept_part k SET covered_m2 = s.covered_m2
    FROM $share s WHERE k.kept = :kept AND k.x = s.x AND k.y = s.y AND k.id = s.id AND k.code = s.code
), sum_gone AS (
    DELETE FROM coverage_kept_sum k USING (SELECT DISTINCT x, y FROM $block) b WHERE k.kept = :kept AND k.x = b.x AND k.y = b.y
), sum_came AS (
    INSERT INTO coverage_kept_sum (kept, x, y, whole, code, parcels, area_m2, covered_m2, people, people_covered, peopled_m2, gap_m2,
                                   gaps, slivers, sliver_m2)
    SELECT :kept, b.x, b.y, b.whole, b.code, b.parcels, b.area_m2, b.covered_m2, b.people, b.people_covered, b.peopled_m2, b.gap_m2,
           b.gaps, b.slivers, b.sliver_m2 FROM $block b
)
UPDATE coverage_kept k SET revision = k.revision + 1, facilities = :facilities, from_day = :today WHERE k.id = :kept
