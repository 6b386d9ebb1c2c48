// name: trafficking_while_missing
// question: Which children were named in an incident or tip of the chosen category while missing, or soon after?
// roles: investigator, case_worker, analyst
// param: category: string = "trafficking"
// param: include_tips: boolean = true
// label: category: Category of the problem pack
// label: include_tips: Count hotline tips as well
// param: from_on: date = null
// param: to_on: date = null
// param: days_after: integer = 30
// param: limit: integer = 100
// label: from_on: First day of the incidents
// label: to_on: Last day of the incidents
// label: days_after: Days after the child was found that still count
// label: limit: At most this many rows
// returns: person_id: string
// returns: person: string
// returns: case_number: string
// returns: missing_from_on: date
// returns: found_on: date
// returns: role: string
// returns: incident_number: string
// returns: occurred_on: date
// returns: while_missing: boolean
// returns: child: node
// returns: had: relationship
// returns: episode: node
// returns: part: relationship
// returns: incident: node
// timeout_s: 10
// rendering: graph
// note: An incident on the report's date may have happened earlier.
MATCH (p:Person)-[had:HAD]->(e:MissingEpisode)
MATCH (p)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i:Incident)
WHERE ($category IN i.categories OR ($include_tips AND i.kind = 'tip'))
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND i.occurred_on >= e.missing_from_on
  AND (e.found_on IS NULL OR i.occurred_on <= e.found_on + duration({days: $days_after}))
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       e.case_number AS case_number, e.missing_from_on AS missing_from_on, e.found_on AS found_on,
       type(part) AS role, i.incident_number AS incident_number, i.occurred_on AS occurred_on,
       e.found_on IS NULL OR i.occurred_on <= e.found_on AS while_missing,
       p AS child, had AS had, e AS episode, part AS part, i AS incident
ORDER BY occurred_on DESC, person_id, e.episode_key, i.incident_key, role
LIMIT $limit
