// name: commercial_sex_without_trafficking
// question: Where is commercial sex recorded, but trafficking never or rarely?
// roles: investigator, analyst
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// param: minimum: integer = 3
// label: minimum: At least this many commercial sex incidents
// returns: locality_id: string
// returns: locality: string
// returns: commercial_sex: integer
// returns: trafficking: integer
// returns: trafficking_per_100: float
// timeout_s: 10
// rendering: table
// note: A low ratio is a question about training and recording, not about crime.
MATCH (i:Incident)-[:IN]->(l:Locality)
WHERE i.kind = 'incident' AND any(c IN i.categories WHERE c IN ['commercial_sex', 'trafficking'])
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
WITH l, count(CASE WHEN 'commercial_sex' IN i.categories THEN 1 END) AS commercial_sex,
     count(CASE WHEN 'trafficking' IN i.categories THEN 1 END) AS trafficking
WHERE commercial_sex >= $minimum AND trafficking < commercial_sex
RETURN l.locality_id AS locality_id, coalesce(l.name, l.locality_id) AS locality,
       commercial_sex AS commercial_sex, trafficking AS trafficking,
       round(100.0 * trafficking / commercial_sex, 1) AS trafficking_per_100
ORDER BY trafficking_per_100, commercial_sex DESC, locality_id
LIMIT 1000
