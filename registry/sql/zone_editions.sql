-- Every edition of a kind of zone that is valid on a day.
SELECT z.edition FROM $zones z
WHERE z.city = :city AND z.kind = :kind
  AND (z.valid_from IS NULL OR z.valid_from <= :on) AND (z.valid_to IS NULL OR z.valid_to > :on)
GROUP BY z.edition
ORDER BY z.edition
