// How many nodes carry the label?
MATCH (n:$($name)) RETURN count(n) AS found
