// name: missing_by_locality
// question: How many children went missing and were found, by locality, and how long were they gone?
// roles: investigator, case_worker, analyst
// param: from_on: date = null
// param: to_on: date = null
// label: from_on: First day
// label: to_on: Last day
// returns: locality_id: string
// returns: locality: string
// returns: episodes: integer
// returns: children: integer
// returns: found: integer
// returns: still_open: integer
// returns: median_days: float
// timeout_s: 10
// rendering: table
// note: Episodes that began in the period, without entries made in error. An episode is not a child. The median is of found episodes.
MATCH (p:Person)-[:HAD]->(e:MissingEpisode)
WHERE coalesce(e.exit_reason, "") <> "record_invalid"
  AND ($from_on IS NULL OR e.missing_from_on >= $from_on)
  AND ($to_on IS NULL OR e.missing_from_on <= $to_on)
OPTIONAL MATCH (e)-[:LAST_SEEN_IN]->(l:Locality)
RETURN l.locality_id AS locality_id, coalesce(l.name, 'Locality unknown') AS locality,
       count(DISTINCT e) AS episodes, count(DISTINCT p) AS children,
       count(DISTINCT CASE WHEN NOT e.is_open THEN e END) AS found,
       count(DISTINCT CASE WHEN e.is_open THEN e END) AS still_open,
       percentileCont(duration.inDays(e.missing_from_on, e.found_on).days, 0.5) AS median_days
ORDER BY episodes DESC, locality
LIMIT 1000
