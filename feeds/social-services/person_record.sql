SELECT record_key, 'client' AS role, client_id AS source_id, first_name AS given_name, middle_name,
       last_name AS surname, full_date(dob) AS birth_date, year_of(dob) AS birth_year, observed_on, sex, race,
       CASE WHEN hispanic THEN 'H' WHEN NOT hispanic THEN 'N' END AS ethnicity,
       'DSS:' || client_id AS strong_id, just(phone_e164(phone)) AS phones, address_line, city, zip, locality_id,
       protected_address AS household_protected, 'VA-DSS' AS agency_id, delivery, source_line
FROM person
