// name: found_elsewhere
// question: Between which localities do missing children move?
// roles: investigator, case_worker, analyst
// param: from_on: date = null
// param: to_on: date = null
// param: minimum: integer = 1
// label: from_on: First day
// label: to_on: Last day
// label: minimum: At least this many episodes
// returns: last_seen_id: string
// returns: last_seen_in: string
// returns: found_id: string
// returns: found_in: string
// returns: episodes: integer
// returns: children: integer
// returns: median_days: float
// returns: with_unrelated_adult: integer
// timeout_s: 10
// rendering: table
// note: Only found episodes with both localities recorded.
MATCH (p:Person)-[:HAD]->(e:MissingEpisode)-[:LAST_SEEN_IN]->(seen:Locality)
MATCH (e)-[:FOUND_IN]->(found:Locality)
WHERE seen <> found
  AND ($from_on IS NULL OR e.missing_from_on >= $from_on)
  AND ($to_on IS NULL OR e.missing_from_on <= $to_on)
WITH seen, found, count(DISTINCT e) AS episodes, count(DISTINCT p) AS children,
     percentileCont(duration.inDays(e.missing_from_on, e.found_on).days, 0.5) AS median_days,
     count(DISTINCT CASE WHEN e.found_with = 'unrelated_adult' THEN e END) AS with_unrelated_adult
WHERE episodes >= $minimum
RETURN seen.locality_id AS last_seen_id, coalesce(seen.name, seen.locality_id) AS last_seen_in,
       found.locality_id AS found_id, coalesce(found.name, found.locality_id) AS found_in,
       episodes AS episodes, children AS children, median_days AS median_days,
       with_unrelated_adult AS with_unrelated_adult
ORDER BY episodes DESC, last_seen_id, found_id
LIMIT 1000
