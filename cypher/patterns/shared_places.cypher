// name: shared_places
// question: Which places are tied to several incidents with different people?
// roles: investigator, analyst
// param: categories: list = ["trafficking", "commercial_sex", "drug"]
// param: from_on: date = null
// param: to_on: date = null
// param: locality_id: string = ""
// label: from_on: First day
// label: to_on: Last day
// label: locality_id: Locality (FIPS code; empty: all)
// param: minimum_persons: integer = 2
// param: limit: integer = 25
// param: include_tips: boolean = true
// label: include_tips: Count hotline tips as well
// label: categories: Categories of the problem pack
// label: minimum_persons: At least this many persons
// label: limit: At most this many places
// returns: location_key: string
// returns: place: string
// returns: city: string
// returns: incidents: integer
// returns: persons: integer
// returns: first_on: date
// returns: last_on: date
// returns: location: node
// returns: incident_nodes: nodes
// returns: ats: relationships
// timeout_s: 10
// rendering: graph
// note: A large hotel has many incidents; compare with its size before drawing a conclusion.
MATCH (i:Incident)-[at:AT]->(place:Location)
WHERE (any(c IN i.categories WHERE c IN $categories) OR ($include_tips AND i.kind = 'tip'))
  AND ($from_on IS NULL OR i.occurred_on >= $from_on)
  AND ($to_on IS NULL OR i.occurred_on <= $to_on)
  AND ($locality_id = "" OR i.locality_id = $locality_id)
WITH place, collect(i) AS incidents, collect(at) AS ats, min(i.occurred_on) AS first_on,
     max(i.occurred_on) AS last_on
WHERE size(incidents) > 1
CALL (incidents) {
  UNWIND incidents AS i
  MATCH (i)<-[:VICTIM_IN|OFFENDER_IN|ARRESTED_IN|SUBJECT_OF]-(p:Person)
  RETURN count(DISTINCT p) AS persons
}
WITH place, incidents, ats, first_on, last_on, persons
WHERE persons >= $minimum_persons
RETURN place.location_key AS location_key,
       coalesce(place.name, place.address_line, 'Place without a name') AS place,
       place.city AS city, size(incidents) AS incidents, persons AS persons,
       first_on AS first_on, last_on AS last_on, place AS location,
       incidents[..50] AS incident_nodes, ats[..50] AS ats
ORDER BY incidents DESC, persons DESC, location_key
LIMIT $limit
