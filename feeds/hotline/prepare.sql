-- A suspect's name of several words ends in the surname; one word alone is a street name.
CREATE TEMP TABLE tip AS
SELECT *, record_key(['incident', 'hotline', signal_id]) AS incident_key, CAST(received_at AS DATE) AS received_on,
       locality_id(locality) AS locality_id, squeezed(suspect_name) AS suspect,
       contains(squeezed(suspect_name), ' ') AS suspect_has_surname
FROM signal;

INSERT INTO mention BY NAME
WITH written AS (
  SELECT incident_key, 'VA-HOTLINE' AS agency_id, delivery, source_line, received_on AS used_on,
         phone, plate AS vehicle, handle
  FROM tip)
UNPIVOT written ON phone, vehicle, handle INTO NAME kind VALUE written;
