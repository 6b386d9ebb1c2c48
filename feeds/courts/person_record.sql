SELECT record_key, role, source_id, party_given(party) AS given_name, party_middle(party) AS middle_name,
       party_surname(party) AS surname, party_suffix(party) AS name_suffix, aliases,
       full_date(dob) AS birth_date, year_of(dob) AS birth_year, observed_on, sex, race,
       address_line, city, zip, hidden AS household_protected, 'VA-OES' AS agency_id, delivery, source_line
FROM person
