// One batch of (:Report)-[:REPORTS]->(:Incident); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Report {report_key: row.start})
MATCH (e:Incident {incident_key: row.end})
CREATE (s)-[r:REPORTS]->(e)
SET r = row.properties
RETURN count(r) AS created
