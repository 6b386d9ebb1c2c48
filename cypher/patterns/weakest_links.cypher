// name: weakest_links
// question: Which records are held to their person by the weakest evidence?
// roles: investigator, case_worker, analyst, steward
// param: below: float = 0.99
// param: limit: integer = 100
// label: below: Match probability below
// label: limit: At most this many records
// returns: person_id: string
// returns: person: string
// returns: record_key: string
// returns: feed: string
// returns: probability: float
// returns: weight: float
// returns: person_node: node
// returns: record: node
// returns: refers: relationship
// timeout_s: 10
// rendering: graph
// note: The probability is that of the record's best link to another record of the person.
MATCH (r:Record)-[e:REFERS_TO]->(p:Person)
WHERE e.weight IS NOT NULL AND e.probability < $below
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       r.record_key AS record_key, r.feed AS feed, e.probability AS probability, e.weight AS weight,
       p AS person_node, r AS record, e AS refers
ORDER BY probability, record_key
LIMIT $limit
