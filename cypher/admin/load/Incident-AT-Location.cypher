// One batch of (:Incident)-[:AT]->(:Location); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Incident {incident_key: row.start})
MATCH (e:Location {location_key: row.end})
CREATE (s)-[r:AT]->(e)
SET r = row.properties
RETURN count(r) AS created
