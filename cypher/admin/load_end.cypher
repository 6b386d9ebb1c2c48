// The load is complete: readers may use the graph.
MATCH (m:GraphLoad {run_id: $run_id, content: $content})
SET m.state = 'complete'
RETURN m.state AS state
