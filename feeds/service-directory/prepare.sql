-- Confidential: the name of a shelter is its address, so neither leaves this table.
CREATE TEMP TABLE listed AS
SELECT service_id, type, delivery, source_line, location_confidential,
       record_key(['service', service_id]) AS service_key, phone_e164(main_phone) AS phone,
       CASE WHEN NOT location_confidential THEN name END AS name,
       CASE WHEN NOT location_confidential THEN street END AS address_line,
       CASE WHEN NOT location_confidential THEN town END AS city,
       CASE WHEN NOT location_confidential THEN zip END AS zip,
       CASE WHEN NOT location_confidential THEN locality_id(county_fips) END AS locality_id
FROM service;

-- A number of the directory is the service's, whoever gave it: it is no client's. A service that the
-- directory does not list may be confidential.
CREATE TEMP TABLE referred AS
SELECT r.* EXCLUDE (phone, zip), record_key(['service', r.service_id]) AS service_key,
       record_key(['referral', referral_no]) AS referral_key,
       CASE WHEN release <> 'none' THEN record_key(['person', 'service-directory', referral_no]) END AS record_key,
       coalesce(l.location_confidential, true) AS protected,
       CASE WHEN NOT coalesce(l.location_confidential, true) THEN r.zip END AS zip,
       CASE WHEN NOT EXISTS (FROM listed n WHERE n.phone = phone_e164(r.phone)) THEN r.phone END AS phone,
       CAST(coalesce(age_on(full_date(dob), date_referred), age) AS SMALLINT) AS years
FROM referral r LEFT JOIN listed l USING (service_id);

INSERT INTO mention BY NAME
SELECT 'phone' AS kind, phone AS written, record_key, date_referred AS used_on, 'VA-SERVICES' AS agency_id,
       delivery, source_line
FROM referred WHERE record_key IS NOT NULL AND phone IS NOT NULL;
