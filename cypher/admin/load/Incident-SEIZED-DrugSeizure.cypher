// One batch of (:Incident)-[:SEIZED]->(:DrugSeizure); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Incident {incident_key: row.start})
MATCH (e:DrugSeizure {seizure_key: row.end})
CREATE (s)-[r:SEIZED]->(e)
SET r = row.properties
RETURN count(r) AS created
