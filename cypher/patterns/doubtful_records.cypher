// name: doubtful_records
// question: Which agencies hold records with impossible or missing ages, or incidents dated by their report?
// roles: investigator, analyst, steward
// returns: agency_id: string
// returns: agency: string
// returns: records: integer
// returns: without_age: integer
// returns: over_100: integer
// returns: incidents: integer
// returns: dated_by_report: integer
// timeout_s: 15
// rendering: table
// note: A question to the agency about its recording, not about its people. Incidents are the agency's own reports of them.
MATCH (a:Agency)
CALL (a) {
  MATCH (a)<-[:REPORTED_BY]-(r:Record)
  RETURN count(r) AS records, count(CASE WHEN r.age_low_years IS NULL THEN 1 END) AS without_age,
         count(CASE WHEN r.age_low_years > 100 THEN 1 END) AS over_100
}
CALL (a) {
  MATCH (a)<-[:REPORTED_BY]-(i:Report)
  RETURN count(i) AS incidents, count(CASE WHEN i.date_is_report THEN 1 END) AS dated_by_report
}
RETURN a.agency_id AS agency_id, coalesce(a.name, a.agency_id) AS agency, records AS records,
       without_age AS without_age, over_100 AS over_100, incidents AS incidents,
       dated_by_report AS dated_by_report
ORDER BY without_age + over_100 + dated_by_report DESC, agency_id
LIMIT 1000
