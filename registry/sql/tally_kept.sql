-- What is kept of a statement: what it counted, the moment of it, and how much has changed since, looked at only so far.
WITH kept AS MATERIALIZED (
    SELECT t.at, t.rows FROM tally t JOIN batch b ON b.id = t.batch AND b.city = t.city AND b.at = t.at AND b.hash = t.hash
    WHERE t.city = :city AND t.class = :class AND t.day = :day AND t.statement = :statement
), since AS MATERIALIZED (
    SELECT array_agg(b.id) AS ids, min(b.id) AS first FROM batch b WHERE b.city = :city AND b.at > (SELECT at FROM kept)
)
SELECT k.at, k.rows, (SELECT ids FROM since) IS NOT NULL AS later, (SELECT count(*) FROM ($changed) c) AS changed FROM kept k
