// name: connections
// question: How are these nodes tied to one another?
// roles: investigator, case_worker, analyst
// param: nodes: list
// returns: nodes: nodes
// returns: relationships: relationships
// timeout_s: 5
// rendering: graph
// note: Nodes are written Label:key; unknown ones are left out.
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
WITH collect(DISTINCT n) AS shown
CALL (shown) {
  UNWIND shown AS a
  MATCH (a)-[r]->(b)
  WHERE b IN shown
  RETURN collect(r) AS relationships
}
RETURN shown AS nodes, relationships AS relationships
