-- What was worked out of the changes becomes what is kept; what came is inserted after this.
WITH gone AS (
    DELETE FROM coverage_kept_row k USING (SELECT DISTINCT thing FROM $changed) c WHERE k.kept = :kept AND k.thing = c.thing
), facility AS (
    DELETE FROM coverage_kept_facility k USING (SELECT DISTINCT thing FROM $changed) c WHERE k.kept = :kept AND k.thing = c.thing
), cell AS (
    DELETE FROM coverage_kept_cell k USING $hit h WHERE k.kept = :kept AND k.x = h.x AND k.y = h.y
), parcel AS (
    UPDATE coverage_kept_parcel k SET covered_m2 = t.covered_m2, gap_m2 = t.gap_m2, gaps = t.gaps, slivers = t.slivers,
                                      sliver_m2 = t.sliver_m2
    FROM $told t WHERE k.kept = :kept AND k.x = t.x AND k.y = t.y AND k.id = t.id
), part AS (
    UPDATE coverage_kept_part k SET covered_m2 = s.covered_m2
    FROM $share s WHERE k.kept = :kept AND k.x = s.x AND k.y = s.y AND k.id = s.id AND k.code = s.code
), block AS (
    DELETE FROM coverage_kept_sum k USING (SELECT DISTINCT x, y FROM $block) b WHERE k.kept = :kept AND k.x = b.x AND k.y = b.y
)
UPDATE coverage_kept k SET revision = k.revision + 1, facilities = :facilities WHERE k.id = :kept
