SELECT location_key(r.place_name, r.address, r.locality_id) AS location_key, r.place_name AS name,
       CASE WHEN min(o.location_code) = max(o.location_code) THEN min(o.location_code) END AS location_code,
       r.address AS address_line, r.city, r.zip, r.locality_id, r.ori AS agency_id, r.delivery, r.source_line
FROM report r LEFT JOIN lpd_offense o USING (delivery, ori, incident_id)
WHERE r.place_name IS NOT NULL OR r.address IS NOT NULL
GROUP BY ALL
