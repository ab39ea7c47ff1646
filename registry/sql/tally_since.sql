-- The batches after a moment: only what was committed is seen, whatever its number.
SELECT array_agg(b.id ORDER BY b.id) FROM batch b WHERE b.city = :city AND b.at > :kept_at
