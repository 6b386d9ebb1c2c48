SELECT 'student' AS kind, delivery, file, source_line, 'withdrawn' AS field, 'is before the enrolment' AS reason
FROM student WHERE withdrawn < enrolled
UNION ALL
SELECT 'absence', delivery, file, source_line, 'last_day_absent', 'is before the first day absent'
FROM absence WHERE last_day_absent < first_day_absent
