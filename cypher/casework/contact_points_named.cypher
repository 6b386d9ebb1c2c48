// name: contact_points_named
// question: Which contact points have one of these values?
// roles: investigator, case_worker
// param: values: list
// returns: contact_point_key: string
// timeout_s: 3
// rendering: table
MATCH (c:ContactPoint)
WHERE c.value IN $values OR any(v IN $values WHERE c.value ENDS WITH (':' + v))
RETURN c.contact_point_key AS contact_point_key
ORDER BY contact_point_key
LIMIT 50
