SELECT record_key(['event', 'events', event_id]) AS event_key, name, type AS kind, start_date AS starts_on,
       end_date AS ends_on, locality_id(locality_fips) AS locality_id, venue, attendance,
       'VA-EVENTS' AS agency_id, delivery, source_line
FROM event
