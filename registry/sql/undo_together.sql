-- An asset and what the batch recorded of it stand or fall together.
UPDATE undo_row u SET conflict = 'together', by_batch = o.by_batch
FROM (SELECT v.asset_id, max(v.by_batch) AS by_batch FROM undo_row v
      WHERE v.conflict IS NOT NULL AND v.asset_id IS NOT NULL GROUP BY 1) o
WHERE u.conflict IS NULL AND u.asset_id = o.asset_id
