-- Some rows of each verdict, with what would become of their fields.
SELECT d.verdict, d.row_no, d.id, coalesce(d.code, a.code) AS code, coalesce(d.name, a.name) AS name, f.fields
FROM ((SELECT * FROM $diff WHERE verdict = 'changed' ORDER BY row_no LIMIT :changed)
      UNION ALL (SELECT * FROM $diff WHERE verdict = 'missing' ORDER BY id LIMIT :missing)
      UNION ALL (SELECT * FROM $diff WHERE verdict = 'new' ORDER BY row_no LIMIT :new)) d
LEFT JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = d.id
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('field', p.field, 'old', p.old, 'new', p.new)), '[]'::jsonb) AS fields
    FROM (VALUES $pairs) p (field, old, new) WHERE p.old IS DISTINCT FROM p.new) f
