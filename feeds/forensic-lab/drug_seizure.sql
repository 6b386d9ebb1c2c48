SELECT record_key(['drug_seizure', 'forensic-lab', lab_number, item_text]) AS drug_seizure_key, incident_key, drug_code,
       substance, quantity, unit AS measure_code, true AS confirmed, report_date AS analysed_on,
       'VA-DFS' AS agency_id, delivery, source_line
FROM analysed
