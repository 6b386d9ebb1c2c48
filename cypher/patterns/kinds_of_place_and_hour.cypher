// name: kinds_of_place_and_hour
// question: In which kinds of place, and at which hours, do incidents of the chosen category happen?
// roles: investigator, analyst
// param: category: string = "trafficking"
// label: category: Category of the problem pack
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// returns: location_code: string
// returns: hours: string
// returns: incidents: integer
// timeout_s: 15
// rendering: table
// note: location_code is the NIBRS location type of the offense, e.g. 14 hotel, 20 residence, 58 online.
// note: Counts follow reporting and training; a locality without rows is not one without cases.
MATCH (i:Incident)-[:HAS_OFFENSE]->(o:Offense)
WHERE $category IN o.categories AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
WITH coalesce(o.location_code, 'unknown') AS location_code, i,
     CASE WHEN i.occurred_hour IS NULL OR i.date_is_report THEN 'unknown'
          WHEN i.occurred_hour < 6 THEN '00-05' WHEN i.occurred_hour < 12 THEN '06-11'
          WHEN i.occurred_hour < 18 THEN '12-17' ELSE '18-23' END AS hours
RETURN location_code AS location_code, hours AS hours, count(DISTINCT i) AS incidents
ORDER BY incidents DESC, location_code, hours
LIMIT 1000
