-- One class, told by verdict and group. Measures are summed in whole millionths (µm, mm²): a sum of whole numbers
-- does not depend on the order of the rows, so that the same figure is the same to the last digit everywhere
-- and grouped rows add up exactly. part: what of the measure is good, where a row is good in part.
SELECT x.key, x.verdict, count(*) AS count, coalesce(sum(x.measure), 0) AS measure, coalesce(sum(x.part), 0) AS part
FROM (
    SELECT $key AS key, $verdict AS verdict, round(($measure) * 1e6)::bigint AS measure, round(($part) * 1e6)::bigint AS part
    FROM $assets a $beside WHERE a.class = :class AND a.city = :city AND $where
) x
GROUP BY 1, 2
