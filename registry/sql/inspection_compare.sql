-- Each staged inspection as it would be, with the asset it means and whether it is known already: as a fact before,
-- or earlier among those staged. One that was taken back is not known: it may be said again.
CREATE TEMP TABLE $diff ON COMMIT DROP AS
SELECT d.*, d.hash IS NOT NULL AND (d.nth > 1 OR EXISTS (
           SELECT FROM inspection e WHERE e.asset_id = d.asset_id AND e.inspected_on = d.inspected_on
           AND e.row_hash = d.hash
           AND (NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = e.id)
                OR NOT registry_withdrawn(e.id)))) AS known
FROM (
    SELECT h.*, row_number() OVER (PARTITION BY h.hash ORDER BY h.row_no) AS nth
    FROM (SELECT s.*, CASE WHEN s.asset_id IS NOT NULL THEN $hash END AS hash
          FROM (SELECT r.row_no, r.code, a.id AS asset_id, $columns
                FROM $stage r
                LEFT JOIN $assets a ON a.class = :class AND a.city = :city AND a.code = r.code) s) h
) d
