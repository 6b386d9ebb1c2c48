SELECT incident_key, 'incident' AS kind, coalesce(incident_number, CAST(incident_id AS VARCHAR)) AS incident_number,
       incident_date AS occurred_on, incident_hour AS occurred_hour, date_is_report,
       CASE WHEN date_is_report THEN incident_date ELSE submission_date END AS reported_on, locality_id,
       location_key(place_name, address, locality_id) AS location_key,
       cleared_except_code AS cleared_exceptionally, agency_id, delivery, source_line
FROM incident_of
