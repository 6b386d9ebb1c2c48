SELECT enrolment_key, record_key, school, locality_id, enrolled AS enrolled_on, withdrawn AS withdrawn_on,
       withdrawal_reason, chronic_absence, 'VA-SCHOOLS' AS agency_id, delivery, source_line
FROM enrolled
