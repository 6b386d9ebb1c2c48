SELECT record_key(['relationship', 'nibrs', CAST(r.victim_id AS VARCHAR), CAST(r.offender_id AS VARCHAR)]) AS relationship_key,
       v.party_key AS victim_involvement_key, o.party_key AS offender_involvement_key, v.incident_key,
       t.relationship_code, v.agency_id, r.delivery, r.source_line
FROM nibrs_victim_offender_rel r
JOIN nibrs_relationship t USING (delivery, relationship_id)
JOIN party v ON v.delivery = r.delivery AND v.person_type = 'V' AND v.party_number = r.victim_id
JOIN party o ON o.delivery = r.delivery AND o.person_type = 'O' AND o.party_number = r.offender_id
