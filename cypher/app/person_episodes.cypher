// name: person_episodes
// question: When was this child missing, and where found?
// roles: investigator, case_worker, analyst
// param: person_id: string
// returns: episode: node
// returns: record_keys: list
// returns: last_seen_in: string
// returns: found_in: string
// returns: days_missing: integer
// timeout_s: 3
// rendering: table
MATCH (p:Person {person_id: $person_id})-[had:HAD]->(e:MissingEpisode)
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(seen:Locality)
OPTIONAL MATCH (e)-[:FOUND_IN]->(found:Locality)
RETURN e AS episode, had.record_keys AS record_keys, seen.name AS last_seen_in,
       found.name AS found_in, duration.inDays(e.missing_from_on, e.found_on).days AS days_missing
ORDER BY e.missing_from_on DESC, e.episode_key
LIMIT 200
