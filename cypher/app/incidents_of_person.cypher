// name: incidents_of_person
// question: In which incidents and tips is this person named, in which roles, and with whom?
// roles: investigator, case_worker, analyst
// param: person_id: string
// param: limit: integer = 200
// returns: incident: node
// returns: parts: list
// returns: place_name: string
// returns: locality_name: string
// returns: others: list
// returns: reports: list
// timeout_s: 5
// rendering: table
MATCH (p:Person {person_id: $person_id})-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
WITH p, i, collect({role: type(part), record_keys: part.record_keys}) AS parts
ORDER BY i.occurred_on DESC, i.incident_key
LIMIT $limit
OPTIONAL MATCH (i)-[:AT]->(place:Location)
OPTIONAL MATCH (i)-[:IN]->(locality:Locality)
CALL (p, i) {
  MATCH (other:Person)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i)
  WHERE other <> p
  WITH other, collect(DISTINCT type(part)) AS roles
  ORDER BY other.person_id
  LIMIT 50
  RETURN collect({person_id: other.person_id,
                  person: coalesce(other.display_name, other.person_id), roles: roles}) AS others
}
RETURN i AS incident, parts AS parts, place.name AS place_name, locality.name AS locality_name,
       others AS others,
       COLLECT { MATCH (report:Report)-[of:REPORTS]->(i)
                 OPTIONAL MATCH (report)-[:REPORTED_BY]->(agency:Agency)
                 RETURN {feed: report.feed, agency: coalesce(agency.name, report.agency_id),
                         number: report.incident_number, occurred_on: report.occurred_on,
                         probability: of.probability, alone: of.weight IS NULL}
                 ORDER BY report.feed, report.agency_id, report.report_key LIMIT 20 } AS reports
ORDER BY i.occurred_on DESC, i.incident_key
