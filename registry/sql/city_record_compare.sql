-- Of each row that is said (its number stands as its id), whether a record said all of that before, as often as it is
-- said now, and whether one still does. A record that the undo of its batch took away was never there.
SELECT s.row_no, s.nth <= (
           SELECT count(DISTINCT k.id)
           FROM (SELECT w.id FROM $table w WHERE w.city = :city AND w.row_hash = s.hash
                 UNION ALL SELECT w.id FROM ${table}_history w WHERE w.city = :city AND w.row_hash = s.hash) k
           WHERE EXISTS (SELECT FROM $table l WHERE l.id = k.id)
              OR NOT EXISTS (SELECT FROM ${table}_history h JOIN batch b ON b.id = h.end_batch
                             WHERE h.id = k.id AND h.op = 'D' AND b.kind = 'undo')) AS known,
       EXISTS (SELECT FROM $table w WHERE w.city = :city AND w.row_hash = s.hash) AS stands
FROM (SELECT h.row_no, h.hash, row_number() OVER (PARTITION BY h.hash ORDER BY h.row_no) AS nth
      FROM (SELECT d.id AS row_no, $hash AS hash
            FROM jsonb_populate_recordset(CAST(NULL AS $table), CAST(:rows AS jsonb)) d) h) s
ORDER BY s.row_no
