// name: person_records
// question: Which records are taken to speak of this person, and how surely?
// roles: investigator, case_worker, analyst
// param: person_id: string
// param: limit: integer = 200
// returns: record: node
// returns: probability: float
// returns: weight: float
// returns: agency_id: string
// returns: agency_name: string
// returns: incident_key: string
// returns: incident_number: string
// timeout_s: 3
// rendering: table
MATCH (r:Record)-[e:REFERS_TO]->(p:Person {person_id: $person_id})
OPTIONAL MATCH (r)-[:REPORTED_BY]->(a:Agency)
OPTIONAL MATCH (p)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
WHERE r.record_key IN part.record_keys
RETURN r AS record, e.probability AS probability, e.weight AS weight,
       r.agency_id AS agency_id, a.name AS agency_name,
       i.incident_key AS incident_key, i.incident_number AS incident_number
ORDER BY r.observed_on DESC, r.record_key
LIMIT $limit
