SELECT party_key AS involvement_key, incident_key, party_key AS record_key, role, seq_num AS sequence,
       'I' AS party_type, ori AS agency_id, delivery, source_line
FROM party
