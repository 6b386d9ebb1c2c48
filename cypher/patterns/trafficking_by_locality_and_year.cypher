// name: trafficking_by_locality_and_year
// question: Where and when were sex and labor trafficking recorded, how often, and by how many agencies?
// roles: investigator, analyst
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// returns: locality_id: string
// returns: locality: string
// returns: year: integer
// returns: sex_trafficking: integer
// returns: labor_trafficking: integer
// returns: incidents: integer
// returns: per_100k: float
// returns: agencies: integer
// timeout_s: 10
// rendering: table
// note: Counts follow reporting and training; a locality without rows is not one without cases.
// note: An incident with both offenses counts in both columns and once in incidents. Tips are not counted.
MATCH (i:Incident)
WHERE 'trafficking' IN i.categories AND i.kind = 'incident'
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
OPTIONAL MATCH (i)-[:IN]->(l:Locality)
WITH l, i.occurred_on.year AS year, i,
     COLLECT { MATCH (i)-[:REPORTED_BY]->(a:Agency) RETURN a.agency_id } AS held
WITH l, year,
     count(CASE WHEN 'sex_trafficking' IN i.categories THEN 1 END) AS sex_trafficking,
     count(CASE WHEN 'labor_trafficking' IN i.categories THEN 1 END) AS labor_trafficking,
     count(i) AS incidents,
     size(reduce(all = [], one IN collect(held) | all + [a IN one WHERE NOT a IN all])) AS agencies
RETURN l.locality_id AS locality_id, coalesce(l.name, 'Locality unknown') AS locality, year AS year,
       sex_trafficking AS sex_trafficking, labor_trafficking AS labor_trafficking,
       incidents AS incidents, round(100000.0 * incidents / l.population, 2) AS per_100k,
       agencies AS agencies
ORDER BY locality, year
LIMIT 5000
