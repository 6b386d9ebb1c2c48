// name: search_places
// question: Which places have these words in their name or address?
// roles: investigator, case_worker, analyst
// param: words: fulltext
// param: limit: integer = 50
// returns: place: node
// returns: score: float
// timeout_s: 3
// rendering: table
// note: Scores depend on the whole view; they order one answer and mean nothing beyond it.
CALL db.index.fulltext.queryNodes('location_text', $words) YIELD node, score
RETURN node AS place, score AS score
ORDER BY score DESC, node.location_key
LIMIT $limit
