// name: person
// question: Who is this person?
// roles: investigator, case_worker, analyst
// param: person_id: string
// returns: person: node
// timeout_s: 2
// rendering: table
MATCH (p:Person {person_id: $person_id})
RETURN p AS person
