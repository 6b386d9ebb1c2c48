// Which run is loaded, and how far?
MATCH (m:GraphLoad)
RETURN m.run_id AS run_id, m.view AS view, m.content AS content, m.state AS state,
       m.position AS position
