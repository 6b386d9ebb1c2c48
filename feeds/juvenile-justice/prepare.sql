CREATE TEMP TABLE person AS
SELECT *, record_key(['person', 'juvenile-justice', intake_id]) AS record_key FROM intake;

INSERT INTO mention BY NAME
SELECT 'phone' AS kind, unnest(phones) AS written, record_key, intake_date AS used_on,
       'VA-DJJ' AS agency_id, delivery, source_line FROM person
UNION ALL BY NAME
SELECT 'address' AS kind, address_of(address_line, city) AS written, record_key, intake_date AS used_on,
       'VA-DJJ' AS agency_id, delivery, source_line FROM person WHERE address_line IS NOT NULL;
