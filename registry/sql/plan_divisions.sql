-- Whether divisions that place assets were written since a batch.
SELECT EXISTS (SELECT FROM zone z WHERE z.city = :city AND z.kind = ANY(:kinds) AND z.batch > :since)
    OR EXISTS (SELECT FROM zone_history z WHERE z.city = :city AND z.kind = ANY(:kinds) AND z.end_batch > :since)
