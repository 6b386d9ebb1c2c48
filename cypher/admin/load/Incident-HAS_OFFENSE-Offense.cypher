// One batch of (:Incident)-[:HAS_OFFENSE]->(:Offense); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Incident {incident_key: row.start})
MATCH (e:Offense {offense_key: row.end})
CREATE (s)-[r:HAS_OFFENSE]->(e)
SET r = row.properties
RETURN count(r) AS created
