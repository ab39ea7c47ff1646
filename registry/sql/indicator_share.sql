-- One class, told by verdict and group. Measures are summed in whole millionths (µm, mm²): a sum of whole numbers
-- does not depend on the order of the rows, so that the same figure is the same to the last digit everywhere
-- and grouped rows add up exactly. part: what of the measure is good, where a row is good in part.
SELECT $key AS key, $verdict AS verdict, count(*) AS count, $measure AS measure, $part AS part
FROM $assets a $beside WHERE a.class = :class AND a.city = :city AND $where
GROUP BY 1, 2
