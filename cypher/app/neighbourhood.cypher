// name: neighbourhood
// question: What lies around these nodes?
// roles: investigator, case_worker, analyst
// param: nodes: list
// param: limit: integer = 300
// returns: starts: nodes
// returns: neighbours: nodes
// returns: relationships: relationships
// returns: total: integer
// timeout_s: 5
// rendering: graph
// note: Start nodes are written Label:key. Localities and agencies tie everything to everything and are left out unless they are start nodes.
UNWIND $nodes AS named
WITH DISTINCT split(named, ':')[0] AS label, substring(named, size(split(named, ':')[0]) + 1) AS key
CALL (label, key) {
  MATCH (n:Person {person_id: key}) WHERE label = 'Person' RETURN n
  UNION MATCH (n:Record {record_key: key}) WHERE label = 'Record' RETURN n
  UNION MATCH (n:Incident {incident_key: key}) WHERE label = 'Incident' RETURN n
  UNION MATCH (n:Report {report_key: key}) WHERE label = 'Report' RETURN n
  UNION MATCH (n:Offense {offense_key: key}) WHERE label = 'Offense' RETURN n
  UNION MATCH (n:Location {location_key: key}) WHERE label = 'Location' RETURN n
  UNION MATCH (n:Locality {locality_id: key}) WHERE label = 'Locality' RETURN n
  UNION MATCH (n:Event {event_key: key}) WHERE label = 'Event' RETURN n
  UNION MATCH (n:Arrest {arrest_key: key}) WHERE label = 'Arrest' RETURN n
  UNION MATCH (n:DrugSeizure {seizure_key: key}) WHERE label = 'DrugSeizure' RETURN n
  UNION MATCH (n:MissingEpisode {episode_key: key}) WHERE label = 'MissingEpisode' RETURN n
  UNION MATCH (n:ContactPoint {contact_point_key: key}) WHERE label = 'ContactPoint' RETURN n
  UNION MATCH (n:Agency {agency_id: key}) WHERE label = 'Agency' RETURN n
}
WITH collect(DISTINCT n) AS starts
CALL (starts) {
  UNWIND starts AS s
  MATCH (s)-[r]-(m)
  WHERE NOT m IN starts AND NOT m:Locality AND NOT m:Agency
  WITH m, count(DISTINCT s) AS ties, coalesce(m.person_id, m.record_key, m.incident_key, m.report_key, m.offense_key, m.location_key, m.event_key,
              m.arrest_key, m.seizure_key, m.episode_key, m.contact_point_key, m.locality_id,
              m.agency_id) AS key
  ORDER BY ties DESC, labels(m)[0], key
  RETURN collect(m) AS found
}
WITH starts, size(found) AS total, found[..$limit] AS neighbours
CALL (starts, neighbours) {
  WITH starts + neighbours AS shown
  UNWIND shown AS a
  MATCH (a)-[r]->(b)
  WHERE b IN shown
  RETURN collect(r) AS relationships
}
RETURN starts AS starts, neighbours AS neighbours, relationships AS relationships, total AS total
