-- A case does not end before it begins, nor an order before it is made.
SELECT 'charge' AS kind, delivery, file, source_line, 'disposition_date' AS field,
       'is before the filing' AS reason
FROM charge WHERE disposition_date < filed_date
UNION ALL BY NAME
SELECT 'charge' AS kind, delivery, file, source_line, 'disposition' AS field,
       'has no date, or a date has no disposition' AS reason
FROM charge WHERE (disposition IS NULL) <> (disposition_date IS NULL)
UNION ALL BY NAME
SELECT 'order' AS kind, delivery, file, source_line, 'expires_date' AS field,
       'is before the issue' AS reason
FROM "order" WHERE expires_date < issued_date
UNION ALL BY NAME
SELECT 'order' AS kind, delivery, file, source_line, 'dissolved_date' AS field,
       'is before the issue' AS reason
FROM "order" WHERE dissolved_date < issued_date
