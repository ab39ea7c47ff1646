-- The rows of one table that are not undone: what differs from what the batch left, and whose batch was the last there.
SELECT u.of_table, u.kind, u.id, u.conflict, coalesce(n.said, l.said) AS said, b.id AS batch, b.at, b.actor,
       ARRAY(SELECT k.key FROM jsonb_each(n.said) k JOIN jsonb_each(w.said) o USING (key) WHERE k.value <> o.value
             UNION SELECT k.key FROM jsonb_each(coalesce(n.said, '{}')) k WHERE NOT w.said ? k.key
             UNION SELECT k.key FROM jsonb_each(coalesce(w.said, '{}')) k WHERE NOT n.said ? k.key
             ORDER BY 1) AS fields
FROM (SELECT * FROM undo_row WHERE of_table = :table AND conflict IS NOT NULL ORDER BY id LIMIT :limit) u
LEFT JOIN LATERAL (SELECT $said AS said, x.batch FROM $table x WHERE x.id = u.id) n ON true
LEFT JOIN LATERAL (
    SELECT $said AS said, x.end_batch FROM $history x WHERE x.id = u.id ORDER BY x.version DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (
    SELECT $said AS said FROM $history x WHERE x.id = u.id AND x.batch = :undone AND u.doing <> 'insert') w ON true
LEFT JOIN batch b ON b.id = coalesce(u.by_batch, n.batch, l.end_batch)
ORDER BY u.id
