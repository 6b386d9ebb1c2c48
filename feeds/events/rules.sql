SELECT 'event' AS kind, delivery, file, source_line, 'end_date' AS field, 'is before the first day' AS reason
FROM event WHERE end_date < start_date
