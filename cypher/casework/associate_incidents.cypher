// name: associate_incidents
// question: In which incidents of a period do people appear who were in another incident with these persons?
// roles: investigator, case_worker, analyst
// param: person_ids: list
// param: from_on: date
// param: to_on: date
// returns: associate_id: string
// returns: associate_name: string
// returns: shared_incidents: integer
// returns: incidents_of_associate: integer
// returns: incident_key: string
// returns: role: string
// returns: record_keys: list
// timeout_s: 5
// rendering: table
MATCH (p:Person)-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(shared:Incident)
      <-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]-(other:Person)
WHERE p.person_id IN $person_ids AND NOT other.person_id IN $person_ids
WITH other, collect(DISTINCT shared) AS shared
MATCH (other)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
WHERE NOT i IN shared
  AND i.occurred_on >= date($from_on) AND i.occurred_on <= date($to_on)
RETURN other.person_id AS associate_id, other.display_name AS associate_name,
       size(shared) AS shared_incidents,
       COUNT { (other)-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(:Incident) }
         AS incidents_of_associate,
       i.incident_key AS incident_key, type(part) AS role, part.record_keys AS record_keys
ORDER BY associate_id, incident_key, role
LIMIT 1000
