// name: incident_parties
// question: Who took part in this incident, in which roles?
// roles: investigator, case_worker, analyst
// param: incident_key: string
// returns: person_id: string
// returns: person: string
// returns: role: string
// returns: age_band: string
// returns: record_keys: list
// timeout_s: 3
// rendering: table
MATCH (p:Person)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(:Incident {incident_key: $incident_key})
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       type(part) AS role, p.age_band AS age_band, part.record_keys AS record_keys
ORDER BY role, person_id
LIMIT 500
