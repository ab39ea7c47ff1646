-- Codes that rows would have again and have no more: few, but where rows were deleted or their codes were changed.
CREATE TEMP TABLE $codes ON COMMIT DROP AS
SELECT h.id, $unique
FROM undo_row u
JOIN $history h ON h.id = u.id AND h.end_batch = :undone
LEFT JOIN $table a ON a.id = u.id
WHERE u.of_table = :table AND u.doing IN ('insert', 'update') AND u.conflict IS NULL AND h.code IS NOT NULL
  AND (a.id IS NULL OR ($held) IS NOT TRUE)
