// name: shared_contact_points
// question: Which phones, vehicles, handles or addresses tie several persons, one of them in incidents of the chosen category?
// roles: investigator, case_worker, analyst
// param: category: string = "trafficking"
// param: include_tips: boolean = true
// label: category: Category of the problem pack
// label: include_tips: Count hotline tips as well
// param: kinds: list = ["phone", "vehicle", "handle", "email"]
// param: minimum_persons: integer = 2
// param: maximum_persons: integer = 20
// param: limit: integer = 50
// label: kinds: Kinds
// label: minimum_persons: At least this many persons
// label: maximum_persons: At most this many persons
// label: limit: At most this many contact points
// returns: contact_point_key: string
// returns: kind: string
// returns: value: string
// returns: persons: integer
// returns: incidents: integer
// returns: contact_point: node
// returns: users: nodes
// returns: uses: relationships
// timeout_s: 15
// rendering: graph
// note: Numbers change hands; look at the dates of use.
MATCH (c:ContactPoint)<-[use:USED]-(p:Person)
WHERE c.kind IN $kinds
WITH c, collect(p) AS users, collect(use) AS uses
WHERE size(users) >= $minimum_persons AND size(users) <= $maximum_persons
CALL (c, users) {
  UNWIND users AS user
  MATCH (user)-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
  WHERE ($category IN i.categories OR ($include_tips AND i.kind = 'tip'))
  RETURN count(DISTINCT i) AS incidents
}
WITH c, users, uses, incidents
WHERE incidents > 0
RETURN c.contact_point_key AS contact_point_key, c.kind AS kind, c.value AS value,
       size(users) AS persons, incidents AS incidents, c AS contact_point, users AS users,
       uses AS uses
ORDER BY incidents DESC, persons DESC, contact_point_key
LIMIT $limit
