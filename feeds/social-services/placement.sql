SELECT record_key(['placement', 'social-services', placement_id]) AS placement_key,
       record_key(['person', 'social-services', client_id]) AS record_key, type AS kind, facility,
       locality_id(locality_fips) AS locality_id, start_date AS started_on, end_date AS ended_on, end_reason,
       'VA-DSS' AS agency_id, delivery, source_line
FROM placement
