SELECT record_key, 'patient' AS role, visit_id AS source_id, first_name AS given_name, last_name AS surname,
       full_date(dob) AS birth_date, year_of(dob) AS birth_year, CAST(years AS SMALLINT) AS age_low_years,
       CAST(years AS SMALLINT) AS age_high_years, visit_date AS observed_on, sex, strong_id, zip,
       false AS household_protected, 'VA-HIE' AS agency_id, delivery, source_line
FROM patient
