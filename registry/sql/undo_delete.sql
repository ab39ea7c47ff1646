DELETE FROM $table a USING undo_row u
WHERE u.of_table = :table AND u.doing = 'delete' AND u.conflict IS NULL AND a.city = :city AND a.id = u.id
