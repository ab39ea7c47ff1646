-- One class, told by verdict and group. Measures are summed in whole millionths (µm, mm²): a sum of whole numbers
-- does not depend on the order of the rows, so that the same figure is the same to the last digit everywhere
-- and grouped rows add up exactly.
SELECT x.key, x.verdict, count(*) AS count, coalesce(sum(x.measure), 0) AS measure
FROM (
    SELECT $key AS key, $verdict AS verdict, round(($measure) * 1e6)::bigint AS measure
    FROM $assets a WHERE a.class = :class AND a.city = :city
) x
GROUP BY 1, 2
