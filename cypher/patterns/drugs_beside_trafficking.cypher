// name: drugs_beside_trafficking
// question: Which drugs go with incidents of the chosen category more often than with other incidents of the same localities?
// roles: investigator, analyst
// param: category: string = "trafficking"
// label: category: Category of the problem pack
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// returns: drug: string
// returns: incidents: integer
// returns: of_incidents: integer
// returns: elsewhere: integer
// returns: of_elsewhere: integer
// returns: lift: float
// timeout_s: 20
// rendering: table
// note: Seizures hang on the incident; no seizure means not recorded. A lift from few incidents says little: compare the counts.
MATCH (i:Incident)
WHERE $category IN i.categories AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
WITH collect(DISTINCT i.locality_id) AS places
MATCH (i:Incident)
WHERE i.locality_id IN places AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
CALL (i) {
  OPTIONAL MATCH (i)-[:SEIZED]->(d:DrugSeizure)
  RETURN collect(DISTINCT coalesce(d.drug_name, d.substance,
    CASE WHEN d IS NULL THEN 'none recorded' ELSE 'unknown' END)) AS drugs
}
WITH collect({key: i.incident_key, within: $category IN i.categories, drugs: drugs}) AS counted,
     count(CASE WHEN $category IN i.categories THEN 1 END) AS of_incidents,
     count(CASE WHEN NOT $category IN i.categories THEN 1 END) AS of_elsewhere
UNWIND counted AS one
UNWIND one.drugs AS drug
WITH drug, of_incidents, of_elsewhere,
     count(CASE WHEN one.within THEN one.key END) AS incidents,
     count(CASE WHEN NOT one.within THEN one.key END) AS elsewhere
RETURN drug AS drug, incidents AS incidents, of_incidents AS of_incidents, elsewhere AS elsewhere,
       of_elsewhere AS of_elsewhere,
       CASE WHEN elsewhere > 0 AND of_incidents > 0
            THEN round((1.0 * incidents / of_incidents) / (1.0 * elsewhere / of_elsewhere), 2)
       END AS lift
ORDER BY incidents DESC, drug
LIMIT 200
