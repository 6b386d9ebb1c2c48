-- Confidential: neither school nor division leaves this table.
CREATE TEMP TABLE enrolled AS
SELECT s.* EXCLUDE (school), CASE WHEN NOT address_confidential THEN school END AS school,
       CASE WHEN NOT address_confidential THEN locality_id(division_fips) END AS locality_id,
       record_key(['person', 'school-attendance', division_fips, student_number]) AS record_key,
       record_key(['enrolment', 'school-attendance', division_fips, student_number]) AS enrolment_key,
       coalesce((SELECT max(first_day_absent) FROM absence a
                 WHERE a.delivery = s.delivery AND a.student_number = s.student_number), enrolled) AS observed_on
FROM student s;
