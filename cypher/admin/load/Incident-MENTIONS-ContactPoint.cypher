// One batch of (:Incident)-[:MENTIONS]->(:ContactPoint); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Incident {incident_key: row.start})
MATCH (e:ContactPoint {contact_point_key: row.end})
CREATE (s)-[r:MENTIONS]->(e)
SET r = row.properties
RETURN count(r) AS created
