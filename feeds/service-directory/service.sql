SELECT service_key, name, type AS kind, phone, address_line, city, zip, locality_id,
       location_confidential AS confidential, 'VA-SERVICES' AS agency_id, delivery, source_line
FROM listed
