// name: person_incidents
// question: In which incidents and tips of a period do these persons appear, and by which records?
// roles: investigator, case_worker, analyst
// param: person_ids: list
// param: from_on: date
// param: to_on: date
// returns: incident_key: string
// returns: person_id: string
// returns: role: string
// returns: record_keys: list
// returns: weakest_weight: float
// timeout_s: 5
// rendering: table
MATCH (p:Person)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
WHERE p.person_id IN $person_ids
  AND i.occurred_on >= date($from_on) AND i.occurred_on <= date($to_on)
UNWIND part.record_keys AS record_key
MATCH (r:Record {record_key: record_key})-[e:REFERS_TO]->(p)
RETURN i.incident_key AS incident_key, p.person_id AS person_id, type(part) AS role,
       collect(DISTINCT record_key) AS record_keys, min(e.weight) AS weakest_weight
ORDER BY incident_key, person_id, role
LIMIT 2000
