// name: counts_by_label
// question: How many nodes of each kind does the graph hold?
// roles: investigator, case_worker, analyst, steward
// returns: label: string
// returns: nodes: integer
// timeout_s: 5
// rendering: table
MATCH (n:Person) WITH count(n) AS nodes RETURN 'Person' AS label, nodes AS nodes
UNION ALL MATCH (n:Record) WITH count(n) AS nodes RETURN 'Record' AS label, nodes AS nodes
UNION ALL MATCH (n:Incident) WITH count(n) AS nodes RETURN 'Incident' AS label, nodes AS nodes
UNION ALL MATCH (n:Report) WITH count(n) AS nodes RETURN 'Report' AS label, nodes AS nodes
UNION ALL MATCH (n:Offense) WITH count(n) AS nodes RETURN 'Offense' AS label, nodes AS nodes
UNION ALL MATCH (n:Location) WITH count(n) AS nodes RETURN 'Location' AS label, nodes AS nodes
UNION ALL MATCH (n:Locality) WITH count(n) AS nodes RETURN 'Locality' AS label, nodes AS nodes
UNION ALL MATCH (n:Event) WITH count(n) AS nodes RETURN 'Event' AS label, nodes AS nodes
UNION ALL MATCH (n:Arrest) WITH count(n) AS nodes RETURN 'Arrest' AS label, nodes AS nodes
UNION ALL MATCH (n:DrugSeizure) WITH count(n) AS nodes RETURN 'DrugSeizure' AS label, nodes AS nodes
UNION ALL MATCH (n:MissingEpisode) WITH count(n) AS nodes RETURN 'MissingEpisode' AS label, nodes AS nodes
UNION ALL MATCH (n:ContactPoint) WITH count(n) AS nodes RETURN 'ContactPoint' AS label, nodes AS nodes
UNION ALL MATCH (n:Agency) WITH count(n) AS nodes RETURN 'Agency' AS label, nodes AS nodes
