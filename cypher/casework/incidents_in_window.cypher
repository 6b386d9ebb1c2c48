// name: incidents_in_window
// question: Which incidents and tips of these categories happened in a period?
// roles: investigator, case_worker, analyst
// param: categories: list
// param: from_on: date
// param: to_on: date
// param: limit: integer = 400
// returns: incident_key: string
// timeout_s: 5
// rendering: table
MATCH (i:Incident)
WHERE i.occurred_on >= date($from_on) AND i.occurred_on <= date($to_on)
  AND (i.kind = 'tip' OR any(category IN i.categories WHERE category IN $categories))
RETURN i.incident_key AS incident_key
ORDER BY i.occurred_on, incident_key
LIMIT $limit
