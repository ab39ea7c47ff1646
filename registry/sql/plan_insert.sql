INSERT INTO plan (city, class, actor, reason, source, source_sha256, mapping, code_version, terms, counts, report, since,
                  differences, status)
VALUES (:city, :class, :actor, :reason, :source, :sha, CAST(:mapping AS jsonb), :code, CAST(:terms AS jsonb),
        CAST(:counts AS jsonb), CAST(:report AS jsonb), :since, :table, :status)
RETURNING $columns
