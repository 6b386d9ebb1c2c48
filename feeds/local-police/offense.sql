SELECT record_key(['offense', 'local-police', r.ori, r.local_incident_number, CAST(o.offense_seq AS VARCHAR)]) AS offense_key,
       r.incident_key, o.offense_code, o.attempt_complete_flag = 'A' AS attempted, o.location_code,
       r.ori AS agency_id, o.delivery, o.source_line
FROM lpd_offense o JOIN report r USING (delivery, ori, incident_id)
