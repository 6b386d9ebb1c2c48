// What serving uses most, run once on an empty graph while Java's start-up cache is made.
MATCH (p:Person)-[:OFFENDER_IN|VICTIM_IN]->(i:Incident)<-[:ARRESTED_IN]-(q:Person)
WHERE p.person_id = $key AND p <> q AND i.occurred_on >= date('2020-01-01')
OPTIONAL MATCH (q)-[u:USED]->(c:ContactPoint)
OPTIONAL MATCH path = shortestPath((p)-[*..4]-(q))
WITH q, count(DISTINCT i) AS incidents, collect(DISTINCT c.value) AS contacts,
     [n IN nodes(path) | n.person_id] AS steps, max(u.last_on) AS last_on
ORDER BY incidents DESC, q.person_id LIMIT 10
RETURN q AS person, incidents, contacts, steps, last_on
