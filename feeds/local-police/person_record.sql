SELECT party_key AS record_key, role, incident_key, local_incident_number AS source_id,
       first_name AS given_name, middle_name, last_name AS surname, suffix AS name_suffix, aliases,
       full_date(date_of_birth) AS birth_date, year_of(date_of_birth) AS birth_year, observed_on,
       sex_code AS sex, race_code AS race, just(phone_e164(phone)) AS phones,
       address AS address_line, city, zip, false AS household_protected,
       ori AS agency_id, delivery, source_line
FROM party
