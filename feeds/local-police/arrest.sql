SELECT record_key(['arrest', 'local-police', ori, local_incident_number, CAST(seq_num AS VARCHAR)]) AS arrest_key,
       incident_key, party_key AS record_key, arrest_date AS arrested_on, arrest_offense_code AS offense_code,
       ori AS agency_id, delivery, source_line
FROM party WHERE person_type = 'A' AND arrest_date IS NOT NULL
