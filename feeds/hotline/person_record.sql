SELECT record_key(['person', 'hotline', signal_id, 'victim']) AS record_key, 'victim' AS role, incident_key,
       signal_id AS source_id, victim_first_name AS given_name, NULL AS surname, NULL AS aliases,
       age_low(victim_age) AS age_low_years, age_high(victim_age) AS age_high_years, received_on AS observed_on,
       victim_sex AS sex, false AS household_protected, 'VA-HOTLINE' AS agency_id, delivery, source_line
FROM tip WHERE victim_first_name IS NOT NULL OR victim_age IS NOT NULL OR victim_sex IS NOT NULL
UNION ALL
SELECT record_key(['person', 'hotline', signal_id, 'suspect']), 'subject', incident_key, signal_id,
       CASE WHEN suspect_has_surname THEN regexp_extract(suspect, '^(.*) \S+$', 1) END,
       CASE WHEN suspect_has_surname THEN regexp_extract(suspect, '(\S+)$', 1) END,
       CASE WHEN NOT suspect_has_surname THEN [suspect] END,
       NULL, NULL, received_on, NULL, false, 'VA-HOTLINE', delivery, source_line
FROM tip WHERE suspect IS NOT NULL
