// name: victim_to_offender
// question: What was the victim of the offender, by the victim's age?
// roles: investigator, analyst
// param: category: string = "trafficking"
// label: category: Category of the problem pack
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// returns: age_band: string
// returns: relationship_code: string
// returns: pairs: integer
// returns: incidents: integer
// timeout_s: 15
// rendering: table
// note: The code says what the victim WAS of the offender: CH, the offender's child.
// note: Counts follow reporting and training; a locality without rows is not one without cases.
MATCH (victim:Person)-[was:VICTIM_WAS]->(offender:Person)
MATCH (i:Incident {incident_key: was.incident_key})<-[part:VICTIM_IN]-(victim)
WHERE $category IN i.categories AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
CALL (part) {
  UNWIND part.record_keys AS record_key
  MATCH (r:Record {record_key: record_key})
  WHERE r.age_band IS NOT NULL
  WITH r ORDER BY r.record_key
  RETURN head(collect(r.age_band)) AS recorded
}
WITH coalesce(recorded, 'unknown') AS age_band,
     coalesce(was.relationship_code, 'unknown') AS relationship_code, victim, offender, i
RETURN age_band AS age_band, relationship_code AS relationship_code,
       count(DISTINCT [victim.person_id, offender.person_id]) AS pairs,
       count(DISTINCT i) AS incidents
ORDER BY age_band, pairs DESC, relationship_code
LIMIT 1000
