CREATE TEMP TABLE child AS
SELECT *, record_key(['person', 'clearinghouse', case_number]) AS record_key,
       coalesce(last_contact_date, entry_date) AS missing_from_on
FROM entry;

INSERT INTO mention BY NAME
WITH written AS (
  SELECT record_key, 'VA-MCC' AS agency_id, delivery, source_line, missing_from_on AS used_on,
         child_phone AS phone, online_handle AS handle,
         address_of(home_address, city_of(home_locality)) AS address
  FROM child)
UNPIVOT written ON phone, handle, address INTO NAME kind VALUE written;
