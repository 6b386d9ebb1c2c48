SELECT record_key, 'subject' AS role, intake_id AS source_id, first_name AS given_name, middle_name,
       last_name AS surname, suffix AS name_suffix, aliases, full_date(dob) AS birth_date,
       year_of(dob) AS birth_year, intake_date AS observed_on, sex, race, 'DJJ:' || juvenile_id AS strong_id,
       nonempty(list_filter(list_transform(phones, lambda phone: phone_e164(phone)), lambda phone: phone IS NOT NULL)) AS phones,
       address_line, city, zip, locality_id(address_fips) AS locality_id, false AS household_protected,
       'VA-DJJ' AS agency_id, delivery, source_line
FROM person
