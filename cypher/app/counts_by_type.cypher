// name: counts_by_type
// question: How many relationships of each type does the graph hold?
// roles: investigator, case_worker, analyst, steward
// returns: type: string
// returns: relationships: integer
// timeout_s: 10
// rendering: table
MATCH ()-[r]->()
RETURN type(r) AS type, count(*) AS relationships
ORDER BY type
