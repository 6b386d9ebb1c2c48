// name: episodes_of_persons
// question: When else were these children missing?
// roles: investigator, case_worker, analyst
// param: person_ids: list
// returns: person_id: string
// returns: episode_key: string
// returns: case_number: string
// returns: missing_from_on: date
// returns: found_on: date
// returns: is_open: boolean
// returns: circumstance: string
// returns: missing_from_type: string
// returns: found_with: string
// returns: exit_reason: string
// returns: last_seen_in: string
// returns: found_in: string
// timeout_s: 3
// rendering: table
MATCH (child:Person)-[:HAD]->(e:MissingEpisode)
WHERE child.person_id IN $person_ids
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(last_seen:Locality)
OPTIONAL MATCH (e)-[:FOUND_IN]->(found:Locality)
RETURN DISTINCT child.person_id AS person_id, e.episode_key AS episode_key, e.case_number AS case_number,
       e.missing_from_on AS missing_from_on, e.found_on AS found_on, e.is_open AS is_open,
       e.circumstance AS circumstance, e.missing_from_type AS missing_from_type,
       e.found_with AS found_with, e.exit_reason AS exit_reason,
       last_seen.name AS last_seen_in, found.name AS found_in
ORDER BY missing_from_on DESC, episode_key
LIMIT 100
