// The marker of a load into an empty graph: which run it is of, and how far it got.
CREATE (m:GraphLoad {run_id: $run_id, view: $view, content: $content, state: 'loading', position: 0})
RETURN m.position AS position
