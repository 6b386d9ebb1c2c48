-- An episode cannot end before it began.
SELECT 'entry' AS kind, delivery, file, source_line, 'exit_date' AS field,
       'is before the last contact' AS reason
FROM entry WHERE exit_date < coalesce(last_contact_date, entry_date)
