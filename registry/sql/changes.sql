-- Events after (batch, id). A version whose predecessor is not seen is new to who asks; one whose successor is not
-- seen is gone for them, whether it was deleted or only left what they see.
WITH event AS (
    SELECT CASE WHEN EXISTS (SELECT FROM $versions p WHERE p.$discriminator = :key AND p.id = a.id AND p.end_batch = a.batch)
                THEN 'update' ELSE 'insert' END AS op,
           a.batch, a.id, a.version, $feature AS feature
    FROM $versions a
    WHERE a.$discriminator = :key AND a.city = :city AND a.batch >= :batch AND (a.batch > :batch OR a.id > :id)
    UNION ALL
    SELECT 'delete', a.end_batch, a.id, a.version, NULL
    FROM $versions a
    WHERE a.$discriminator = :key AND a.city = :city AND a.end_batch >= :batch AND (a.end_batch > :batch OR a.id > :id)
      AND NOT EXISTS (SELECT FROM $versions n WHERE n.$discriminator = :key AND n.id = a.id AND n.batch = a.end_batch)
    ORDER BY batch, id LIMIT :limit
)
SELECT e.op, e.batch, b.at, e.id, e.version, e.feature
FROM event e JOIN batch b ON b.id = e.batch
ORDER BY e.batch, e.id
