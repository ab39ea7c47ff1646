-- Facilities of which any row came, went, says something else, or serves now as it did not: each with its rows of today.
CREATE TEMP TABLE $changed ON COMMIT DROP AS
WITH live AS MATERIALIZED (
    SELECT a.id, a.row_hash AS digest, $thing AS thing, $reason AS reason FROM $assets a WHERE a.class = :class AND a.city = :city
), differing AS (
    SELECT l.thing AS now, k.thing AS before
    FROM live l FULL JOIN (SELECT id, digest, thing, reason FROM coverage_kept_row WHERE kept = :kept) k USING (id)
    WHERE l.digest IS DISTINCT FROM k.digest OR l.thing IS DISTINCT FROM k.thing
       -- That a row has no place is known of its geometry alone, which is part of the digest.
       OR l.reason IS DISTINCT FROM CASE WHEN k.reason <> 'no_geometry' THEN k.reason END
)
SELECT t.thing, l.id
FROM (SELECT now AS thing FROM differing WHERE now IS NOT NULL UNION SELECT before FROM differing WHERE before IS NOT NULL) t
LEFT JOIN live l USING (thing)
