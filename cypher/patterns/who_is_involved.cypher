// name: who_is_involved
// question: Who are the victims, offenders and arrestees, by age, sex, race, ethnicity and residence?
// roles: investigator, analyst
// param: category: string = "trafficking"
// label: category: Category of the problem pack
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// returns: role: string
// returns: age_band: string
// returns: sex: string
// returns: race: string
// returns: ethnicity: string
// returns: resident_status: string
// returns: persons: integer
// timeout_s: 15
// rendering: table
// note: As recorded in the incident, by whichever report tells; unknown is its own row. Residence is recorded for victims and arrestees only.
// note: Counts follow reporting and training; a locality without rows is not one without cases.
MATCH (p:Person)-[part:VICTIM_IN|OFFENDER_IN|ARRESTED_IN]->(i:Incident)
WHERE $category IN i.categories AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
UNWIND part.record_keys AS record_key
MATCH (r:Record {record_key: record_key})
WITH p, i, r ORDER BY r.record_key
WITH p, i, r.role AS role, head(collect(r.age_band)) AS age_band, head(collect(r.sex)) AS sex,
     head(collect(r.race)) AS race, head(collect(r.ethnicity)) AS ethnicity,
     head(collect(r.resident_status)) AS resident_status
RETURN role AS role, coalesce(age_band, 'unknown') AS age_band, coalesce(sex, 'unknown') AS sex,
       coalesce(race, 'unknown') AS race, coalesce(ethnicity, 'unknown') AS ethnicity,
       coalesce(resident_status, 'unknown') AS resident_status, count(DISTINCT p) AS persons
ORDER BY role, persons DESC, age_band, sex, race, ethnicity, resident_status
LIMIT 2000
