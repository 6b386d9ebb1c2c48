// name: incident_details
// question: What is recorded of these incidents: when, where, of what kind, and about which victims?
// roles: investigator, case_worker, analyst
// param: incident_keys: list
// returns: incident_key: string
// returns: kind: string
// returns: incident_number: string
// returns: occurred_on: date
// returns: locality_id: string
// returns: location_name: string
// returns: categories: list
// returns: summary: string
// returns: victims: list
// returns: reports: list
// timeout_s: 5
// rendering: table
MATCH (i:Incident)
WHERE i.incident_key IN $incident_keys
OPTIONAL MATCH (i)-[:AT]->(place:Location)
RETURN i.incident_key AS incident_key, i.kind AS kind, i.incident_number AS incident_number,
       i.occurred_on AS occurred_on, i.locality_id AS locality_id, place.name AS location_name,
       i.categories AS categories, i.summary AS summary,
       COLLECT { MATCH (p:Person)-[part:VICTIM_IN|SUBJECT_OF]->(i)
                 UNWIND part.record_keys AS record_key
                 MATCH (r:Record {record_key: record_key})
                 WHERE r.role = 'victim'
                 RETURN {person_id: p.person_id, sex: r.sex, age_low: r.age_low_years,
                         age_high: r.age_high_years, record_key: record_key}
                 ORDER BY record_key LIMIT 20 } AS victims,
       COLLECT { MATCH (report:Report)-[of:REPORTS]->(i)
                 OPTIONAL MATCH (report)-[:REPORTED_BY]->(agency:Agency)
                 RETURN {feed: report.feed, agency: coalesce(agency.name, report.agency_id),
                         number: report.incident_number, occurred_on: report.occurred_on,
                         probability: of.probability, alone: of.weight IS NULL}
                 ORDER BY report.feed, report.agency_id, report.report_key LIMIT 20 } AS reports
ORDER BY incident_key
