-- An asset follows these records one after the other: one of a later batch stands on those before it.
UPDATE undo_row u SET conflict = 'records', by_batch = r.batch
FROM (SELECT r.asset_id, max(r.batch) AS batch FROM $table r JOIN batch b ON b.id = r.batch
      WHERE b.city = :city AND b.at > :at AND $stands GROUP BY 1) r
WHERE u.of_table = :table AND u.conflict IS NULL AND r.asset_id = u.asset_id
