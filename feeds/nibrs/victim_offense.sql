SELECT record_key(['victim_offense', 'nibrs', CAST(v.victim_id AS VARCHAR), CAST(v.offense_id AS VARCHAR)]) AS victim_offense_key,
       p.party_key AS involvement_key, o.offense_key, o.incident_key, o.agency_id, v.delivery, v.source_line
FROM nibrs_victim_offense v
JOIN offense_of o USING (delivery, offense_id)
JOIN party p ON p.delivery = v.delivery AND p.person_type = 'V' AND p.party_number = v.victim_id
