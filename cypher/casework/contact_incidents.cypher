// name: contact_incidents
// question: Which incidents and tips of a period are tied to these contact points, directly or by a user?
// roles: investigator, case_worker, analyst
// param: contact_point_keys: list
// param: child_ids: list
// param: from_on: date
// param: to_on: date
// returns: contact_point_key: string
// returns: kind: string
// returns: value: string
// returns: partial: boolean
// returns: users: integer
// returns: incident_key: string
// returns: via_person_id: string
// returns: via_name: string
// returns: role: string
// returns: record_keys: list
// timeout_s: 5
// rendering: table
MATCH (c:ContactPoint)
WHERE c.contact_point_key IN $contact_point_keys
WITH c, COUNT { (c)<-[:USED]-(:Person) } AS users
CALL (c) {
  MATCH (i:Incident)-[:MENTIONS]->(c)
  RETURN i, null AS via, null AS role, [] AS record_keys
  UNION
  MATCH (p:Person)-[used:USED]->(c)
  WHERE NOT p.person_id IN $child_ids
  MATCH (p)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
  RETURN i, p AS via, type(part) AS role, used.record_keys AS record_keys
}
WITH c, users, i, via, role, record_keys
WHERE i.occurred_on >= date($from_on) AND i.occurred_on <= date($to_on)
RETURN c.contact_point_key AS contact_point_key, c.kind AS kind, c.value AS value,
       c.partial AS partial, users, i.incident_key AS incident_key,
       via.person_id AS via_person_id, via.display_name AS via_name, role, record_keys
ORDER BY contact_point_key, incident_key, via_person_id, role
LIMIT 2000
