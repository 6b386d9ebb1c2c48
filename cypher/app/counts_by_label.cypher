// name: counts_by_label
// question: How many nodes of each kind does the graph hold?
// roles: investigator, case_worker, analyst, steward
// returns: label: string
// returns: nodes: integer
// timeout_s: 5
// rendering: table
MATCH (n:Person) RETURN 'Person' AS label, count(n) AS nodes
UNION ALL MATCH (n:Record) RETURN 'Record' AS label, count(n) AS nodes
UNION ALL MATCH (n:Incident) RETURN 'Incident' AS label, count(n) AS nodes
UNION ALL MATCH (n:Offense) RETURN 'Offense' AS label, count(n) AS nodes
UNION ALL MATCH (n:Location) RETURN 'Location' AS label, count(n) AS nodes
UNION ALL MATCH (n:Locality) RETURN 'Locality' AS label, count(n) AS nodes
UNION ALL MATCH (n:Event) RETURN 'Event' AS label, count(n) AS nodes
UNION ALL MATCH (n:Arrest) RETURN 'Arrest' AS label, count(n) AS nodes
UNION ALL MATCH (n:DrugSeizure) RETURN 'DrugSeizure' AS label, count(n) AS nodes
UNION ALL MATCH (n:MissingEpisode) RETURN 'MissingEpisode' AS label, count(n) AS nodes
UNION ALL MATCH (n:ContactPoint) RETURN 'ContactPoint' AS label, count(n) AS nodes
UNION ALL MATCH (n:Agency) RETURN 'Agency' AS label, count(n) AS nodes
