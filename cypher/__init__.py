"""Query files: data only. graph.queries loads them."""
