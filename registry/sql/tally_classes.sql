-- Class by class, each by its own index: to gather them from the rows would read every row.
SELECT k.key FROM unnest(CAST(:classes AS text[])) k (key)
WHERE EXISTS (SELECT FROM asset a WHERE a.class = k.key AND a.city = :city)
