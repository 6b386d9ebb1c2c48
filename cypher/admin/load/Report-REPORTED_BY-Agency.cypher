// One batch of (:Report)-[:REPORTED_BY]->(:Agency); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Report {report_key: row.start})
MATCH (e:Agency {agency_id: row.end})
CREATE (s)-[r:REPORTED_BY]->(e)
SET r = row.properties
RETURN count(r) AS created
