// name: seen_before_trafficking
// question: Which agencies knew a victim in the year before the first incident of the chosen category, and which came first?
// roles: investigator, case_worker, analyst
// param: category: string = "trafficking"
// param: include_tips: boolean = false
// label: category: Category of the problem pack
// label: include_tips: Count hotline tips as well
// param: days: integer = 365
// param: minimum_feeds: integer = 1
// param: limit: integer = 100
// label: days: Days before the first incident
// label: minimum_feeds: At least this many kinds of source
// label: limit: At most this many persons
// returns: person_id: string
// returns: person: string
// returns: first_incident_on: date
// returns: feeds: list
// returns: seen_first_by: string
// returns: seen_first_on: date
// returns: victim: node
// returns: record_nodes: nodes
// returns: refers: relationships
// timeout_s: 15
// rendering: graph
// note: Records are dated by the day that they speak of; undated records do not count, nor do those of such incidents themselves, which one agency may date a day before another.
MATCH (p:Person)-[part:VICTIM_IN]->(i:Incident)
WHERE ($category IN i.categories OR ($include_tips AND i.kind = 'tip'))
WITH p, min(i.occurred_on) AS first_on,
     reduce(all = [], keys IN collect(part.record_keys) | all + keys) AS own
MATCH (r:Record)-[refers:REFERS_TO]->(p)
WHERE NOT r.record_key IN own AND r.observed_on < first_on AND r.observed_on >= first_on - duration({days: $days})
WITH p, first_on, r, refers ORDER BY r.observed_on, r.record_key
WITH p, first_on, collect(r) AS records, collect(refers) AS refers, collect(DISTINCT r.feed) AS feeds
WHERE size(feeds) >= $minimum_feeds
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       first_on AS first_incident_on, feeds AS feeds, records[0].feed AS seen_first_by,
       records[0].observed_on AS seen_first_on, p AS victim, records AS record_nodes,
       refers AS refers
ORDER BY size(feeds) DESC, first_incident_on DESC, person_id
LIMIT $limit
