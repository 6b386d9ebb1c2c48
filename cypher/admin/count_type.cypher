// How many relationships are of the type?
MATCH ()-[r:$($name)]->() RETURN count(r) AS found
