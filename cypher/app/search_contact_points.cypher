// name: search_contact_points
// question: Which phones, vehicles, handles or addresses look like this?
// roles: investigator, case_worker
// param: words: fulltext
// param: limit: integer = 50
// returns: contact_point: node
// returns: score: float
// timeout_s: 3
// rendering: table
// note: Scores depend on the whole view; they order one answer and mean nothing beyond it.
CALL db.index.fulltext.queryNodes('contact_text', $words) YIELD node, score
RETURN node AS contact_point, score AS score
ORDER BY score DESC, node.contact_point_key
LIMIT $limit
