-- The ids of assets of a class that may count otherwise after these batches; of each kind of change at most so many.
-- Batches are numbered before they wait for each other: those later in time are named, the first of them is only where
-- to look from. Ordered, or a planner to whom one load is the whole table would read all of it.
(SELECT a.id FROM asset a WHERE a.class = :class AND a.city = :city AND a.batch >= :first
 AND a.batch + 0 = ANY(CAST(:since AS bigint[])) ORDER BY a.batch LIMIT :most)
UNION ALL
(SELECT h.id FROM asset_history h WHERE h.class = :class AND h.city = :city AND h.end_batch >= :first
 AND h.end_batch + 0 = ANY(CAST(:since AS bigint[])) ORDER BY h.end_batch LIMIT :most)
$inspected
