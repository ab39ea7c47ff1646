-- One class, told by group. `thing` is what people name (the road of a segment), so that it is counted once.
SELECT x.key, sum(x.count)::bigint AS count, count(*) AS things, sum(x.length) AS length, sum(x.area) AS area,
       sum(x.no_owner)::bigint AS no_owner, sum(x.no_state)::bigint AS no_state, sum(x.no_date)::bigint AS no_date,
       sum(x.idle)::bigint AS idle
FROM (
    SELECT $key AS key, $thing AS thing, count(*) AS count,
           sum(round(a.length_m * 1e6)::bigint) AS length, sum(round(a.area_m2 * 1e6)::bigint) AS area,
           count(*) FILTER (WHERE nullif(a.owner, '') IS NULL) AS no_owner,
           count(*) FILTER (WHERE coalesce(a.state, 'unknown') = 'unknown') AS no_state,
           count(*) FILTER (WHERE a.installed_on IS NULL) AS no_date,
           count(*) FILTER (WHERE $idle) AS idle
    FROM $assets a WHERE a.class = :class AND a.city = :city AND NOT $gone
    GROUP BY 1, 2
) x
GROUP BY 1
