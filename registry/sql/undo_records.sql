-- What was recorded since of an asset that the batch brought in: without the asset it would hang in the air.
UPDATE undo_row u SET conflict = 'records', by_batch = r.batch
FROM (SELECT r.asset_id, max(r.batch) AS batch FROM $table r WHERE r.batch <> :undone AND $stands GROUP BY 1) r
WHERE u.of_table = 'asset' AND u.doing = 'delete' AND u.conflict IS NULL AND r.asset_id = u.id
