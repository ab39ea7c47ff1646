-- Whether there is any line to be served.
SELECT EXISTS (SELECT FROM $assets a WHERE a.class = :class AND a.city = :city AND a.geom IS NOT NULL AND ($reason) IS NULL)
