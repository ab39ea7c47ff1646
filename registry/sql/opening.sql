-- The moment, and whether anything is kept at all. A figure is a few rows, for which a planner takes thousands: that each of them
-- would have to be handed over keeps it from counting in parallel. It holds to the end of the transaction.
SELECT now() AS at, EXISTS (SELECT FROM tally t WHERE t.city = :city AND t.day = :day) AS kept,
       set_config('parallel_tuple_cost', '0', true) AS told
