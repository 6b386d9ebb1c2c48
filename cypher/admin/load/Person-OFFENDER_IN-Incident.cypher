// One batch of (:Person)-[:OFFENDER_IN]->(:Incident); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Person {person_id: row.start})
MATCH (e:Incident {incident_key: row.end})
CREATE (s)-[r:OFFENDER_IN]->(e)
SET r = row.properties
RETURN count(r) AS created
