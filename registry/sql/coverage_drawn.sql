-- What is drawn, for use outside the database.
SELECT d.id, d.code, d.name, d.population, ST_AsBinary(d.geom) AS shape, d.area_m2, d.repaired FROM ($rows) d ORDER BY d.id
