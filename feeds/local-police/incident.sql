SELECT incident_key, 'incident' AS kind, local_incident_number AS incident_number, incident_date AS occurred_on,
       incident_hour AS occurred_hour, coalesce(report_date_flag, false) AS date_is_report, locality_id,
       CASE WHEN report_date_flag THEN incident_date END AS reported_on,
       location_key(place_name, address, locality_id) AS location_key, ori AS agency_id, delivery, source_line
FROM report
