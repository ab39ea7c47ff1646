-- What a batch did to one table: a row that it ended has a version before, one that it wrote and is live may be undone.
INSERT INTO undo_row (of_table, kind, id, asset_id, doing, conflict)
SELECT :table, coalesce(w.kind, h.kind), coalesce(w.id, h.id), coalesce(w.asset_id, h.asset_id),
       CASE WHEN h.id IS NULL THEN 'delete' WHEN w.id IS NULL THEN 'insert' ELSE 'update' END,
       CASE WHEN NOT w.live THEN 'changed' END
FROM (SELECT $kind AS kind, id, $asset AS asset_id FROM $history WHERE end_batch = :undone AND city = :city) h
FULL JOIN (
    SELECT $kind AS kind, id, $asset AS asset_id, true AS live FROM $table WHERE batch = :undone AND city = :city
    UNION ALL
    SELECT $kind, id, $asset, false FROM $history WHERE batch = :undone AND city = :city) w ON w.id = h.id
