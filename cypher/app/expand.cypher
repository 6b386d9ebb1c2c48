// name: expand
// question: What is directly tied to this node?
// roles: investigator, case_worker, analyst
// param: label: string
// param: key: string
// param: types: list = []
// param: skip: integer = 0
// param: limit: integer = 100
// returns: node: node
// returns: relationships: relationships
// returns: neighbours: nodes
// returns: total: integer
// timeout_s: 5
// rendering: graph
// note: Relationships between neighbours come with the query 'connections'.
CALL () {
  MATCH (n:Person {person_id: $key}) WHERE $label = 'Person' RETURN n
  UNION MATCH (n:Record {record_key: $key}) WHERE $label = 'Record' RETURN n
  UNION MATCH (n:Incident {incident_key: $key}) WHERE $label = 'Incident' RETURN n
  UNION MATCH (n:Report {report_key: $key}) WHERE $label = 'Report' RETURN n
  UNION MATCH (n:Offense {offense_key: $key}) WHERE $label = 'Offense' RETURN n
  UNION MATCH (n:Location {location_key: $key}) WHERE $label = 'Location' RETURN n
  UNION MATCH (n:Locality {locality_id: $key}) WHERE $label = 'Locality' RETURN n
  UNION MATCH (n:Event {event_key: $key}) WHERE $label = 'Event' RETURN n
  UNION MATCH (n:Arrest {arrest_key: $key}) WHERE $label = 'Arrest' RETURN n
  UNION MATCH (n:DrugSeizure {seizure_key: $key}) WHERE $label = 'DrugSeizure' RETURN n
  UNION MATCH (n:MissingEpisode {episode_key: $key}) WHERE $label = 'MissingEpisode' RETURN n
  UNION MATCH (n:ContactPoint {contact_point_key: $key}) WHERE $label = 'ContactPoint' RETURN n
  UNION MATCH (n:Agency {agency_id: $key}) WHERE $label = 'Agency' RETURN n
}
CALL (n) {
  MATCH (n)-[r]-(m)
  WHERE size($types) = 0 OR type(r) IN $types
  WITH m, collect(r) AS ties,
     coalesce(m.person_id, m.record_key, m.incident_key, m.report_key, m.offense_key, m.location_key, m.event_key,
              m.arrest_key, m.seizure_key, m.episode_key, m.contact_point_key, m.locality_id,
              m.agency_id) AS key
  ORDER BY labels(m)[0], key
  RETURN collect({node: m, ties: ties}) AS found
}
WITH n, size(found) AS total, found[$skip .. $skip + $limit] AS page
RETURN n AS node, reduce(all = [], one IN page | all + one.ties) AS relationships,
       [one IN page | one.node] AS neighbours, total AS total
