-- Protected: neither address nor locality leaves this table.
CREATE TEMP TABLE person AS
SELECT c.* EXCLUDE (address, city, zip, locality_fips),
       CASE WHEN NOT protected_address THEN address END AS address_line,
       CASE WHEN NOT protected_address THEN city END AS city,
       CASE WHEN NOT protected_address THEN zip END AS zip,
       CASE WHEN NOT protected_address THEN locality_id(locality_fips) END AS locality_id,
       record_key(['person', 'social-services', client_id]) AS record_key,
       (SELECT max(start_date) FROM placement p WHERE p.client_id = c.client_id) AS observed_on
FROM client c;

INSERT INTO mention BY NAME
WITH written AS (
  SELECT record_key, 'VA-DSS' AS agency_id, delivery, source_line, observed_on AS used_on, phone,
         address_of(address_line, city) AS address
  FROM person)
UNPIVOT written ON phone, address INTO NAME kind VALUE written;
