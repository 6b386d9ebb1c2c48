// name: frequent_runaways
// question: Which children went missing several times within twelve months?
// roles: investigator, case_worker, analyst
// param: from_on: date = null
// param: to_on: date = null
// param: minimum: integer = 3
// param: days: integer = 365
// param: only_open: boolean = false
// param: limit: integer = 50
// label: from_on: First day
// label: to_on: Last day
// label: minimum: At least this many episodes
// label: days: Within this many days
// label: only_open: Only children who are still missing
// label: limit: At most this many children
// returns: person_id: string
// returns: person: string
// returns: most_in_window: integer
// returns: episodes: integer
// returns: still_missing: boolean
// returns: latest_on: date
// returns: circumstances: list
// returns: child: node
// returns: ties: relationships
// returns: episode_nodes: nodes
// timeout_s: 10
// rendering: graph
// note: A prompt to look, not a finding: several runs are an indicator that children's services and police act upon.
MATCH (p:Person)-[had:HAD]->(e:MissingEpisode)
WHERE ($from_on IS NULL OR e.missing_from_on >= $from_on)
  AND ($to_on IS NULL OR e.missing_from_on <= $to_on)
WITH p, collect(had) AS ties, collect(e) AS episodes
WITH p, ties, episodes,
     reduce(most = 0, a IN episodes |
       CASE WHEN size([b IN episodes WHERE b.missing_from_on >= a.missing_from_on
                       AND b.missing_from_on < a.missing_from_on + duration({days: $days})]) > most
            THEN size([b IN episodes WHERE b.missing_from_on >= a.missing_from_on
                       AND b.missing_from_on < a.missing_from_on + duration({days: $days})])
            ELSE most END) AS most
WHERE most >= $minimum AND (NOT $only_open OR any(e IN episodes WHERE e.is_open))
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       most AS most_in_window, size(episodes) AS episodes,
       any(e IN episodes WHERE e.is_open) AS still_missing,
       reduce(latest = null, e IN episodes |
         CASE WHEN latest IS NULL OR e.missing_from_on > latest THEN e.missing_from_on ELSE latest END
       ) AS latest_on,
       reduce(all = [], e IN episodes |
         CASE WHEN e.circumstance IS NULL OR e.circumstance IN all THEN all ELSE all + e.circumstance END
       ) AS circumstances,
       p AS child, ties AS ties, episodes AS episode_nodes
ORDER BY most_in_window DESC, latest_on DESC, person_id
LIMIT $limit
