// One batch of nodes. The marker's position moves in the same transaction, so that a batch sent
// twice is stored once.
MATCH (m:GraphLoad {content: $content}) WHERE m.position = $position
SET m.position = $position + 1
WITH m UNWIND $rows AS row
CREATE (n:$($label))
SET n = row
RETURN count(n) AS created
