-- Whether an asset that counts has no area: the rate then goes by length, for all of its rows alike.
SELECT EXISTS (SELECT FROM $assets a WHERE a.class = :class AND a.city = :city AND a.area_m2 IS NULL AND NOT $not_counting)
