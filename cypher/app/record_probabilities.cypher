// name: record_probabilities
// question: How surely do these records speak of their persons?
// roles: investigator, case_worker, analyst
// param: record_keys: list
// returns: record_key: string
// returns: person_id: string
// returns: probability: float
// timeout_s: 3
// rendering: table
MATCH (r:Record)-[e:REFERS_TO]->(p:Person)
WHERE r.record_key IN $record_keys
RETURN r.record_key AS record_key, p.person_id AS person_id, e.probability AS probability
ORDER BY record_key
