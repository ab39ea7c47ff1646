INSERT INTO batch (city, at, kind, actor, reason, source, source_sha256, mapping, code_version, prev_hash)
SELECT :city,
       greatest(clock_timestamp(), last.at + interval '1 microsecond'),
       :kind, :actor, :reason, :source, :sha, CAST(:mapping AS jsonb), :code_version, last.hash
FROM (SELECT 1) one
LEFT JOIN LATERAL (SELECT at, hash FROM batch WHERE city = :city ORDER BY at DESC, id DESC LIMIT 1) last ON true
RETURNING id, at
