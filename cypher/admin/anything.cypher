// Does the graph hold anything?
MATCH (n) RETURN count(n) AS nodes
