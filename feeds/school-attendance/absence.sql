SELECT record_key(['absence', 'school-attendance', division_fips, student_number, CAST(first_day_absent AS VARCHAR)]) AS absence_key,
       record_key(['person', 'school-attendance', division_fips, student_number]) AS record_key,
       record_key(['enrolment', 'school-attendance', division_fips, student_number]) AS enrolment_key,
       type AS kind, first_day_absent AS began_on, last_day_absent AS ended_on, school_days,
       'VA-SCHOOLS' AS agency_id, delivery, source_line
FROM absence
