SELECT f.status, count(*) AS n FROM ($found) f GROUP BY 1
