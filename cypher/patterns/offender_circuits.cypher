// name: offender_circuits
// question: Who offends in several localities, and with whom?
// roles: investigator, analyst
// param: categories: list = ["trafficking", "commercial_sex"]
// param: from_on: date = null
// param: to_on: date = null
// label: from_on: First day
// label: to_on: Last day
// param: minimum_localities: integer = 2
// param: limit: integer = 25
// label: categories: Categories of the problem pack
// label: minimum_localities: At least this many localities
// label: limit: At most this many persons
// returns: person_id: string
// returns: person: string
// returns: localities: list
// returns: incidents: integer
// returns: co_offenders: integer
// returns: offender: node
// returns: parts: relationships
// returns: incident_nodes: nodes
// timeout_s: 15
// rendering: graph
// note: Adult commercial sex alone does not put a buyer or seller into a network; the categories are a choice.
MATCH (p:Person)-[part:OFFENDER_IN|ARRESTED_IN]->(i:Incident)-[:IN]->(l:Locality)
WHERE any(c IN i.categories WHERE c IN $categories)
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
WITH p, l, part, i ORDER BY coalesce(l.name, l.locality_id), i.incident_key
WITH p, collect(DISTINCT coalesce(l.name, l.locality_id)) AS localities,
     collect(DISTINCT part) AS parts, collect(DISTINCT i) AS incidents
WHERE size(localities) >= $minimum_localities
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       localities AS localities, size(incidents) AS incidents,
       COUNT { (p)-[:CO_OFFENDED]-() } AS co_offenders, p AS offender, parts AS parts,
       incidents AS incident_nodes
ORDER BY size(localities) DESC, incidents DESC, person_id
LIMIT $limit
