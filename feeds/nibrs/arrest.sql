SELECT record_key(['arrest', 'nibrs', CAST(a.arrestee_id AS VARCHAR)]) AS arrest_key, p.incident_key,
       p.party_key AS record_key, a.arrest_date AS arrested_on, t.arrest_type_code AS arrest_type,
       coalesce(a.offense_code, o.offense_code) AS offense_code, a.multiple_indicator,
       p.agency_id, a.delivery, a.source_line
FROM nibrs_arrestee a
JOIN party p ON p.delivery = a.delivery AND p.person_type = 'A' AND p.party_number = a.arrestee_id
LEFT JOIN nibrs_arrest_type t ON t.delivery = a.delivery AND t.arrest_type_id = a.arrest_type_id
LEFT JOIN nibrs_offense_type o ON o.delivery = a.delivery AND o.offense_type_id = a.offense_type_id
