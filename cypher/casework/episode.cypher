// name: episode
// question: What does the view hold of this missing-child episode, and of the child it speaks of?
// roles: investigator, case_worker, analyst
// param: episode_key: string
// returns: episode: node
// returns: child: node
// returns: last_seen: node
// returns: found: node
// returns: contact_points: list
// returns: records: list
// timeout_s: 3
// rendering: table
MATCH (e:MissingEpisode {episode_key: $episode_key})
OPTIONAL MATCH (child:Person)-[:HAD]->(e)
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(last_seen:Locality)
OPTIONAL MATCH (e)-[:FOUND_IN]->(found:Locality)
RETURN e AS episode, child, last_seen, found,
       COLLECT { MATCH (child)-[:USED]->(c:ContactPoint)
                 RETURN c.contact_point_key ORDER BY c.contact_point_key } AS contact_points,
       COLLECT { MATCH (r:Record)-[:REFERS_TO]->(child)
                 RETURN r.record_key ORDER BY r.record_key } AS records
LIMIT 1
