// name: episode_counts
// question: How many missing-child episodes does the view hold, and how many are open?
// roles: investigator, case_worker, analyst
// param: locality_id: string = ""
// returns: episodes: integer
// returns: open_episodes: integer
// returns: entered_in_error: integer
// returns: children: integer
// timeout_s: 5
// rendering: table
MATCH (e:MissingEpisode)
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(last_seen:Locality)
WITH e, last_seen
WHERE $locality_id = "" OR last_seen.locality_id = $locality_id
OPTIONAL MATCH (child:Person)-[:HAD]->(e)
RETURN count(DISTINCT e) AS episodes,
       count(DISTINCT CASE WHEN e.is_open THEN e END) AS open_episodes,
       count(DISTINCT CASE WHEN e.exit_reason = "record_invalid" THEN e END) AS entered_in_error,
       count(DISTINCT child) AS children
