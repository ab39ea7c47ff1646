-- What a division may be called (its code or its name) → its code.
SELECT DISTINCT ON (kind, said) kind, said, code, geom FROM (
    SELECT z.kind, said.word AS said, said.rank, z.code, z.geom
    FROM zone z JOIN jsonb_each_text(CAST(:editions AS jsonb)) e ON e.key = z.kind AND e.value = z.edition
    CROSS JOIN LATERAL (VALUES (z.code, 1), (z.name, 2)) AS said(word, rank)
    WHERE z.city = :city AND z.code IS NOT NULL AND $said
) names ORDER BY kind, said, rank, code
