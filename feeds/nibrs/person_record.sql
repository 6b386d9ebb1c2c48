SELECT p.party_key AS record_key, p.role, p.incident_key,
       coalesce(p.incident_number, CAST(p.incident_id AS VARCHAR)) AS source_id,
       n.first_name AS given_name, n.middle_name, n.last_name AS surname, n.suffix AS name_suffix, n.aliases,
       full_date(n.date_of_birth) AS birth_date, year_of(n.date_of_birth) AS birth_year,
       p.age_low_years, coalesce(p.age_top_years, p.age_low_years) AS age_high_years, p.observed_on,
       p.sex, p.race, p.ethnicity, p.resident_status,
       just(phone_e164(n.phone)) AS phones,
       just(CASE WHEN NOT contains(plate(n.plate), '?') THEN plate(n.plate) END) AS plates,
       just(handle(n.handle)) AS handles,
       n.address AS address_line, n.city, n.zip, false AS household_protected,
       p.agency_id, p.delivery, p.source_line
FROM party p LEFT JOIN named n ON n.delivery = p.delivery AND n.party_key = p.party_key
WHERE p.natural_person
