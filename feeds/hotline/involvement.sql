SELECT record_key(['person', 'hotline', signal_id, 'victim']) AS involvement_key, incident_key,
       record_key(['person', 'hotline', signal_id, 'victim']) AS record_key, 'victim' AS role, 1 AS sequence,
       'I' AS party_type, 'VA-HOTLINE' AS agency_id, delivery, source_line
FROM tip WHERE victim_first_name IS NOT NULL OR victim_age IS NOT NULL OR victim_sex IS NOT NULL
UNION ALL
SELECT record_key(['person', 'hotline', signal_id, 'suspect']), incident_key,
       record_key(['person', 'hotline', signal_id, 'suspect']), 'subject', 1, 'I', 'VA-HOTLINE', delivery, source_line
FROM tip WHERE suspect IS NOT NULL
