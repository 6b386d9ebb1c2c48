-- A place's type is that of the incident's offenses when they agree.
SELECT location_key(i.place_name, i.address, i.locality_id) AS location_key, i.place_name AS name,
       CASE WHEN min(o.location_code) = max(o.location_code) THEN min(o.location_code) END AS location_code,
       i.address AS address_line, i.city, i.zip, i.locality_id, i.latitude, i.longitude,
       i.agency_id, i.delivery, i.source_line
FROM incident_of i LEFT JOIN offense_of o USING (delivery, incident_key)
WHERE i.place_name IS NOT NULL OR i.address IS NOT NULL
GROUP BY ALL
