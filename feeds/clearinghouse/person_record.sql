SELECT record_key, 'missing_child' AS role, case_number AS source_id, first_name AS given_name, middle_name,
       last_name AS surname, aka AS aliases, full_date(dob) AS birth_date, year_of(dob) AS birth_year,
       age AS age_low_years, age AS age_high_years, missing_from_on AS observed_on, sex, race, ethnicity,
       just(phone_e164(child_phone)) AS phones, just(handle(online_handle)) AS handles,
       home_address AS address_line, locality_id(home_locality) AS locality_id, false AS household_protected,
       'VA-MCC' AS agency_id, delivery, source_line
FROM child
