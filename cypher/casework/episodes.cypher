// name: episodes
// question: Which missing-child episodes does the view hold, open ones and recent ones first?
// roles: investigator, case_worker, analyst
// param: only_open: boolean = false
// param: locality_id: string = ""
// param: skip: integer = 0
// param: limit: integer = 50
// returns: episode_key: string
// returns: case_number: string
// returns: display_name: string
// returns: person_id: string
// returns: age_at_entry_years: integer
// returns: sex: string
// returns: missing_from_on: date
// returns: found_on: date
// returns: is_open: boolean
// returns: circumstance: string
// returns: entered_in_error: boolean
// returns: missing_from_type: string
// returns: last_seen_locality_id: string
// returns: last_seen_in: string
// returns: found_in: string
// returns: episodes_of_child: integer
// timeout_s: 5
// rendering: table
MATCH (e:MissingEpisode)
WHERE (NOT $only_open OR e.is_open)
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(last_seen:Locality)
WITH e, last_seen
WHERE $locality_id = "" OR last_seen.locality_id = $locality_id
OPTIONAL MATCH (child:Person)-[:HAD]->(e)
OPTIONAL MATCH (e)-[:FOUND_IN]->(found:Locality)
RETURN e.episode_key AS episode_key, e.case_number AS case_number,
       child.display_name AS display_name, child.person_id AS person_id,
       e.age_at_entry_years AS age_at_entry_years, child.sex AS sex,
       e.missing_from_on AS missing_from_on, e.found_on AS found_on, e.is_open AS is_open,
       e.circumstance AS circumstance,
       coalesce(e.exit_reason, "") = "record_invalid" AS entered_in_error, e.missing_from_type AS missing_from_type,
       last_seen.locality_id AS last_seen_locality_id, last_seen.name AS last_seen_in,
       found.name AS found_in,
       COUNT { (child)-[:HAD]->(:MissingEpisode) } AS episodes_of_child
ORDER BY is_open DESC, missing_from_on DESC, episode_key
SKIP $skip LIMIT $limit
