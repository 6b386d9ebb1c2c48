SELECT record_key(['episode', 'clearinghouse', case_number]) AS episode_key, record_key, case_number,
       missing_from_on, entry_date AS reported_on, ncic_category, coalesce(circumstance, 'unknown') AS circumstance,
       coalesce(missing_from, 'unknown') AS missing_from_type,
       locality_id(last_seen_locality) AS last_seen_locality_id, locality_id(home_locality) AS residence_locality_id,
       reporting_ori AS reporting_agency_id, coalesce(age, age_on(full_date(dob), missing_from_on)) AS age_at_entry_years,
       exit_date AS found_on, exit_reason, locality_id(found_locality) AS found_locality_id,
       found_place AS found_location_code, found_with, screening AS screening_result, notes,
       'VA-MCC' AS agency_id, delivery, source_line
FROM child
