// name: offenders_sharing_victims
// question: Which victims are tied to several offenders or several incidents?
// roles: investigator, case_worker, analyst
// param: category: string = "trafficking"
// param: include_tips: boolean = true
// label: category: Category of the problem pack
// label: include_tips: Count hotline tips as well
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// param: minimum_incidents: integer = 2
// param: limit: integer = 50
// label: minimum_incidents: At least this many incidents
// label: limit: At most this many victims
// returns: person_id: string
// returns: person: string
// returns: incidents: integer
// returns: offenders: integer
// returns: victim: node
// returns: incident_nodes: nodes
// returns: offender_nodes: nodes
// returns: ties: relationships
// timeout_s: 15
// rendering: graph
// note: Several agencies' reports of one crime count once where they were found to be of one; look at the dates of what is left.
MATCH (v:Person)-[part:VICTIM_IN]->(i:Incident)
WHERE ($category IN i.categories OR ($include_tips AND i.kind = 'tip'))
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
WITH v, i, part ORDER BY i.occurred_on, i.incident_key
WITH v, collect(i) AS incidents, collect(part) AS parts
WHERE size(incidents) >= $minimum_incidents
CALL (incidents) {
  UNWIND incidents AS i
  OPTIONAL MATCH (o:Person)-[did:OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]->(i)
  WITH o, did ORDER BY o.person_id, i.incident_key
  RETURN collect(DISTINCT o) AS offenders, collect(did) AS did
}
RETURN v.person_id AS person_id, coalesce(v.display_name, v.person_id) AS person,
       size(incidents) AS incidents, size(offenders) AS offenders, v AS victim,
       incidents AS incident_nodes, offenders AS offender_nodes, parts + did AS ties
ORDER BY incidents DESC, offenders DESC, person_id
LIMIT $limit
