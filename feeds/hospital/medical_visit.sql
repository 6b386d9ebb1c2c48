SELECT record_key(['medical_visit', visit_id]) AS medical_visit_key, record_key, facility,
       locality_id(facility_fips) AS locality_id, visit_date AS visited_on, complaint,
       screening AS screening_result, discharge, 'VA-HIE' AS agency_id, delivery, source_line
FROM patient
