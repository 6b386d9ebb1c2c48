// name: person_arrests
// question: When was this person arrested, and for what?
// roles: investigator, analyst
// param: person_id: string
// returns: arrest: node
// returns: record_keys: list
// returns: incident_key: string
// returns: incident_number: string
// timeout_s: 3
// rendering: table
// note: An arrest in an incident is not always for the incident's most serious offense.
MATCH (p:Person {person_id: $person_id})-[e:ARRESTED]->(a:Arrest)
OPTIONAL MATCH (a)-[:FOR]->(i:Incident)
RETURN a AS arrest, e.record_keys AS record_keys, i.incident_key AS incident_key,
       i.incident_number AS incident_number
ORDER BY a.arrested_on DESC, a.arrest_key
LIMIT 200
