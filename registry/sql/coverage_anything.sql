-- Whether there is anything drawn to be served, wherever it lies.
SELECT EXISTS (SELECT FROM $zones z WHERE z.city = :city AND z.kind = :kind AND z.edition = :edition AND z.geom IS NOT NULL
                 AND (z.valid_from IS NULL OR z.valid_from <= :on) AND (z.valid_to IS NULL OR z.valid_to > :on))
