-- How many rows of the facilities came, went or say something else than is kept.
SELECT count(*) FROM (SELECT a.id, a.row_hash AS digest FROM $assets a WHERE a.class = :class AND a.city = :city) l
FULL JOIN (SELECT id, digest FROM coverage_kept_row WHERE kept = :kept) k USING (id)
WHERE l.digest IS DISTINCT FROM k.digest
