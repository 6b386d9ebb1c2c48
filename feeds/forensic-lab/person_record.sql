SELECT record_key(['person', 'forensic-lab', lab_number, item_text]) AS record_key, 'subject' AS role, incident_key,
       lab_number || '/' || item_text AS source_id, suspect_first_name AS given_name, suspect_last_name AS surname,
       full_date(suspect_dob) AS birth_date, year_of(suspect_dob) AS birth_year, report_date AS observed_on,
       false AS household_protected, 'VA-DFS' AS agency_id, delivery, source_line
FROM analysed
WHERE suspect_first_name IS NOT NULL OR suspect_last_name IS NOT NULL
