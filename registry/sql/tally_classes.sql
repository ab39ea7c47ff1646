-- Class by class, each by its own index: to gather them from the rows would read every row, and so would an EXISTS, which is made a join.
SELECT k.key FROM unnest(CAST(:classes AS text[])) k (key)
CROSS JOIN LATERAL (SELECT FROM asset a WHERE a.class = k.key AND a.city = :city ORDER BY a.id LIMIT 1) first
