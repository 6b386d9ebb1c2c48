// name: person_contact_points
// question: Which phones, vehicles, handles and addresses do this person's records name, and who else used them?
// roles: investigator, case_worker, analyst
// param: person_id: string
// returns: contact_point: node
// returns: first_on: date
// returns: last_on: date
// returns: mentions: integer
// returns: record_keys: list
// returns: other_users: integer
// returns: others: list
// timeout_s: 5
// rendering: table
MATCH (p:Person {person_id: $person_id})-[u:USED]->(c:ContactPoint)
CALL (p, c) {
  MATCH (c)<-[:USED]-(other:Person)
  WHERE other <> p
  WITH other ORDER BY other.person_id
  RETURN count(other) AS other_users,
         collect({person_id: other.person_id,
                  person: coalesce(other.display_name, other.person_id)})[..20] AS others
}
RETURN c AS contact_point, u.first_on AS first_on, u.last_on AS last_on, u.mentions AS mentions,
       u.record_keys AS record_keys, other_users AS other_users, others AS others
ORDER BY c.kind, c.value, c.contact_point_key
LIMIT 200
