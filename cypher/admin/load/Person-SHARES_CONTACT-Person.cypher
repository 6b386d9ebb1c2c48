// One batch of (:Person)-[:SHARES_CONTACT]->(:Person); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Person {person_id: row.start})
MATCH (e:Person {person_id: row.end})
CREATE (s)-[r:SHARES_CONTACT]->(e)
SET r = row.properties
RETURN count(r) AS created
