SELECT max(id) FROM batch WHERE city = :city AND at <= :at
