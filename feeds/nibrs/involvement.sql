SELECT party_key AS involvement_key, incident_key,
       CASE WHEN natural_person THEN party_key END AS record_key, role, seq_num AS sequence,
       CASE WHEN party_type = 'L' THEN 'L' WHEN natural_person THEN 'I' ELSE party_type END AS party_type,
       agency_id, delivery, source_line
FROM party
