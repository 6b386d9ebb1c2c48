// name: localities
// question: Which localities does the graph name?
// roles: investigator, case_worker, analyst, steward
// returns: locality_id: string
// returns: name: string
// timeout_s: 3
// rendering: table
MATCH (l:Locality)
RETURN l.locality_id AS locality_id, coalesce(l.name, l.locality_id) AS name
ORDER BY name, locality_id
LIMIT 5000
