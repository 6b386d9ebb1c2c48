SELECT record_key(['person', 'forensic-lab', lab_number, item_text]) AS involvement_key, incident_key,
       record_key(['person', 'forensic-lab', lab_number, item_text]) AS record_key, 'subject' AS role,
       'I' AS party_type, 'VA-DFS' AS agency_id, delivery, source_line
FROM analysed
WHERE suspect_first_name IS NOT NULL OR suspect_last_name IS NOT NULL
