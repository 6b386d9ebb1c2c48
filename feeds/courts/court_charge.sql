SELECT record_key(['court_charge', case_number, CAST(charge_number AS VARCHAR)]) AS court_charge_key,
       record_key(['person', 'courts', 'charge', case_number, CAST(charge_number AS VARCHAR)]) AS record_key,
       CASE WHEN arresting_ori IS NOT NULL AND agency_case_number IS NOT NULL
            THEN record_key(['incident', arresting_ori, agency_case_number]) END AS incident_key,
       case_number, code_section AS statute, charge, class AS level, locality_id(court_fips) AS locality_id,
       offense_date AS offense_on, filed_date AS filed_on, disposition, disposition_date AS disposed_on,
       'VA-OES' AS agency_id, delivery, source_line
FROM charge
