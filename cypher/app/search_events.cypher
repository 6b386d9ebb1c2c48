// name: search_events
// question: Which events have these words in their name?
// roles: investigator, case_worker, analyst
// param: words: fulltext
// param: limit: integer = 50
// returns: event: node
// returns: score: float
// timeout_s: 3
// rendering: table
// note: Scores depend on the whole view; they order one answer and mean nothing beyond it.
CALL db.index.fulltext.queryNodes('event_text', $words) YIELD node, score
RETURN node AS event, score AS score
ORDER BY score DESC, node.event_key
LIMIT $limit
