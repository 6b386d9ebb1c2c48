// name: incident_reports
// question: Which reports are taken to be of this incident, whose are they, and how surely?
// roles: investigator, case_worker, analyst
// param: incident_key: string
// returns: report: node
// returns: agency_id: string
// returns: agency_name: string
// returns: probability: float
// returns: weight: float
// timeout_s: 3
// rendering: table
// note: Each report has its agency's own number. The probability is that of its best link to another report of the incident.
MATCH (r:Report)-[of:REPORTS]->(:Incident {incident_key: $incident_key})
OPTIONAL MATCH (r)-[:REPORTED_BY]->(a:Agency)
RETURN r AS report, r.agency_id AS agency_id, a.name AS agency_name,
       of.probability AS probability, of.weight AS weight
ORDER BY r.feed, agency_id, r.report_key
LIMIT 200
