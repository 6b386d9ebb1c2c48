SELECT record_key, 'student' AS role, student_number AS source_id, first_name AS given_name, middle_name,
       last_name AS surname, suffix AS name_suffix, full_date(birth_date) AS birth_date,
       year_of(birth_date) AS birth_year, observed_on, sex, address_confidential AS household_protected,
       'VA-SCHOOLS' AS agency_id, delivery, source_line
FROM enrolled
