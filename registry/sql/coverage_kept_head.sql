INSERT INTO coverage_kept (city, rule, edition, made_of, revision, facilities, from_day, until_day, span, facts)
VALUES (:city, :rule, :edition, :made_of, 1, :facilities, :today, :until, 0, '{}')
RETURNING id
