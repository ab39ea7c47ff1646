-- Batches of a city, the newest first, as they stand; which one each undoes, and which undid it last.
SELECT b.*, coalesce(b.mapping -> 'no_lock' = 'true', false) AS no_lock,
       CASE WHEN b.kind = 'undo' THEN CAST(b.mapping ->> 'undoes' AS bigint) END AS undoes,
       (SELECT max(u.id) FROM batch u WHERE u.city = b.city AND u.kind = 'undo'
        AND u.mapping -> 'undoes' = to_jsonb(b.id)) AS undone_by
FROM (SELECT * FROM batch WHERE city = :city AND (CAST(:before AS bigint) IS NULL OR id < :before)
      ORDER BY id DESC LIMIT :limit) b
ORDER BY b.id DESC
