-- A number is unique within its department; record ids within a delivery.
CREATE TEMP TABLE report AS
SELECT *, record_key(['incident', 'local-police', ori, local_incident_number]) AS incident_key,
       locality_id(fips) AS locality_id
FROM lpd_incident;

CREATE TEMP TABLE party AS
SELECT p.*, r.local_incident_number, r.incident_key, r.incident_date,
       CASE p.person_type WHEN 'V' THEN 'victim' WHEN 'O' THEN 'offender' ELSE 'arrestee' END AS role,
       coalesce(p.arrest_date, r.incident_date) AS observed_on,
       record_key(['person', 'local-police', r.ori, r.local_incident_number, p.person_type,
                   CAST(p.seq_num AS VARCHAR)]) AS party_key
FROM lpd_person p JOIN report r USING (delivery, ori, incident_id);

INSERT INTO mention BY NAME
WITH written AS (
  SELECT party_key AS record_key, incident_key, ori AS agency_id, delivery, source_line, observed_on AS used_on,
         phone, address_of(address, city) AS address
  FROM party)
UNPIVOT written ON phone, address INTO NAME kind VALUE written;
