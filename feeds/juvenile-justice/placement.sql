SELECT record_key(['placement', 'juvenile-justice', intake_id]) AS placement_key, record_key, 'detention' AS kind,
       facility, locality_id(fips) AS locality_id, intake_date AS started_on, release_date AS ended_on,
       release_reason AS end_reason, 'VA-DJJ' AS agency_id, delivery, source_line
FROM person WHERE detained
