-- What the batch deleted and is there again, or was for a while.
UPDATE undo_row u SET conflict = 'changed'
WHERE u.of_table = :table AND u.doing = 'insert' AND u.conflict IS NULL
  AND u.id IN (SELECT l.id FROM $table l UNION ALL SELECT l.id FROM $history l WHERE l.sys_to > :at)
