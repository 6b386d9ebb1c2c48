SELECT incident_key, 'tip' AS kind, signal_id AS incident_number, received_on AS occurred_on,
       CAST(hour(received_at) AS SMALLINT) AS occurred_hour, true AS date_is_report, received_on AS reported_on,
       locality_id, location_key(place_name, NULL, locality_id) AS location_key,
       nullif(concat_ws('. ', CASE exploitation WHEN 'sex' THEN 'Signal of sex trafficking'
                                                WHEN 'labor' THEN 'Signal of labor trafficking'
                                                WHEN 'unsure' THEN 'Signal of unsure exploitation' END
                              || coalesce(' (' || channel || ')', ''), summary), '') AS summary,
       'VA-HOTLINE' AS agency_id, delivery, source_line
FROM tip
