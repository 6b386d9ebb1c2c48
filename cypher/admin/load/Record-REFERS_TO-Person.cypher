// One batch of (:Record)-[:REFERS_TO]->(:Person); see load_nodes.cypher.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
MATCH (s:Record {record_key: row.start})
MATCH (e:Person {person_id: row.end})
CREATE (s)-[r:REFERS_TO]->(e)
SET r = row.properties
RETURN count(r) AS created
