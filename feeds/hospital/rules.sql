-- The existence of treatment under 42 CFR Part 2 is itself protected: no row of it becomes a record.
SELECT 'visit' AS kind, delivery, file, source_line, 'part_2' AS field,
       'marks a visit under 42 CFR Part 2, which must not be sent' AS reason
FROM visit WHERE part_2
UNION ALL BY NAME
SELECT 'visit' AS kind, delivery, file, source_line, 'dob' AS field,
       'is after the visit' AS reason
FROM visit WHERE year_of(dob) > year(visit_date) OR full_date(dob) > visit_date
