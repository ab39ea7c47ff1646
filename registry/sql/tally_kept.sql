-- What is kept of a statement: what it counted, the moment of it, and the batches since.
SELECT t.at, t.rows, (SELECT array_agg(s.id ORDER BY s.id) FROM batch s WHERE s.city = t.city AND s.at > t.at) AS since
FROM tally t JOIN batch b ON b.id = t.batch AND b.city = t.city AND b.at = t.at AND b.hash = t.hash
WHERE t.city = :city AND t.class = :class AND t.day = :day AND t.statement = :statement
