// name: node_details
// question: What is known of this node, and how is it tied?
// roles: investigator, case_worker, analyst
// param: label: string
// param: key: string
// returns: node: node
// returns: ties: list
// timeout_s: 3
// rendering: table
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
  MATCH (n)-[r]-()
  WITH type(r) AS type, startNode(r) = n AS outgoing, count(*) AS number
  ORDER BY type, outgoing
  RETURN collect({type: type, outgoing: outgoing, number: number}) AS ties
}
RETURN n AS node, ties AS ties
