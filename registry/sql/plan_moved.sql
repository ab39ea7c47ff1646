-- Rows of a plan that are another by now: changed or gone, or there where a new one was to be made. A new row without
-- a code is another's when one of the same geometry was made since.
SELECT d.row_no, d.id, coalesce(a.code, d.code) AS code, d.old_version AS planned, a.version AS found
FROM $diff d LEFT JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = d.id
WHERE d.verdict IN ('changed', 'missing') AND a.version IS DISTINCT FROM d.old_version
UNION ALL
SELECT d.row_no, a.id, a.code, NULL, a.version
FROM $diff d JOIN $table a ON a.$discriminator = $key AND a.city = :city AND $scope AND a.code = d.code
WHERE d.verdict = 'new'
UNION ALL
SELECT d.row_no, a.id, NULL, NULL, a.version
FROM $diff d JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.code IS NULL
                          AND md5(ST_AsBinary(a.geom)) = md5(ST_AsBinary(d.geom))
WHERE d.verdict = 'new' AND d.code IS NULL AND a.batch > :since
LIMIT :limit
