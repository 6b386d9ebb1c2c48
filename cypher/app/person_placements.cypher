// name: person_placements
// question: Where was this person placed in care or custody?
// roles: investigator, case_worker, analyst
// param: person_id: string
// returns: kind: string
// returns: facility: string
// returns: locality_id: string
// returns: locality_name: string
// returns: started_on: date
// returns: ended_on: date
// returns: end_reason: string
// timeout_s: 3
// rendering: table
MATCH (p:Person {person_id: $person_id})-[stay:PLACED_IN]->(l:Locality)
RETURN stay.kind AS kind, stay.facility AS facility, l.locality_id AS locality_id,
       l.name AS locality_name, stay.started_on AS started_on, stay.ended_on AS ended_on,
       stay.end_reason AS end_reason
ORDER BY started_on DESC, locality_id, kind
LIMIT 200
