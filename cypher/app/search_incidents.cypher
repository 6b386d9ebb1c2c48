// name: search_incidents
// question: Which incidents and tips have these words in their number or summary?
// roles: investigator, case_worker, analyst
// param: words: fulltext
// param: limit: integer = 50
// returns: incident: node
// returns: score: float
// timeout_s: 3
// rendering: table
// note: Scores depend on the whole view; they order one answer and mean nothing beyond it.
CALL db.index.fulltext.queryNodes('incident_text', $words) YIELD node, score
RETURN node AS incident, score AS score
ORDER BY score DESC, node.incident_key
LIMIT $limit
