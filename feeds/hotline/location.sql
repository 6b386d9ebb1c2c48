SELECT location_key(place_name, NULL, locality_id) AS location_key, place_name AS name, place_type AS location_code,
       locality_id, 'VA-HOTLINE' AS agency_id, delivery, source_line
FROM tip WHERE place_name IS NOT NULL
