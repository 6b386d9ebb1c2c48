// name: minors_as_offenders
// question: Which minors are recorded as offenders or arrestees of commercial sex, and who else knows them?
// roles: investigator, case_worker, analyst
// param: category: string = "commercial_sex"
// param: under_years: integer = 18
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// param: limit: integer = 100
// label: category: Category of the problem pack
// label: under_years: Younger than (years)
// label: limit: At most this many rows
// returns: person_id: string
// returns: person: string
// returns: age_band: string
// returns: role: string
// returns: incident_number: string
// returns: occurred_on: date
// returns: other_feeds: list
// returns: minor: node
// returns: part: relationship
// returns: incident: node
// timeout_s: 10
// rendering: graph
// note: A minor in commercial sex is first a possible victim: under 18 no force needs to be shown.
MATCH (p:Person)-[part:OFFENDER_IN|ARRESTED_IN]->(i:Incident)
WHERE $category IN i.categories
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
MATCH (r:Record)
WHERE r.record_key IN part.record_keys AND r.age_high_years < $under_years
WITH p, part, i, min(r.age_band) AS age_band
CALL (p) {
  MATCH (o:Record)-[:REFERS_TO]->(p)
  WITH DISTINCT o.feed AS feed ORDER BY feed
  RETURN collect(feed) AS feeds
}
RETURN p.person_id AS person_id, coalesce(p.display_name, p.person_id) AS person,
       age_band AS age_band, type(part) AS role, i.incident_number AS incident_number,
       i.occurred_on AS occurred_on, feeds AS other_feeds, p AS minor, part AS part, i AS incident
ORDER BY occurred_on DESC, person_id, i.incident_key, role
LIMIT $limit
