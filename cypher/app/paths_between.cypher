// name: paths_between
// question: How are these two persons tied, by the fewest steps?
// roles: investigator, case_worker, analyst
// param: from_id: string
// param: to_id: string
// returns: path: path
// returns: steps: integer
// timeout_s: 5
// rendering: graph
// note: Steps go through incidents, arrests, places, contact points and recorded or derived ties; never through a whole locality or agency. At most 25 paths of at most 6 steps.
MATCH p = SHORTEST 25 (a:Person {person_id: $from_id})
  (()-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF|AT|USED|MENTIONS|VICTIM_WAS]-()){1,6}
  (b:Person {person_id: $to_id})
WHERE a <> b
RETURN p AS path, length(p) AS steps
ORDER BY steps
