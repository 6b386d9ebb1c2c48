// name: person_ties
// question: To which other persons is this person tied, how, and by what evidence?
// roles: investigator, case_worker, analyst
// param: person_id: string
// param: limit: integer = 200
// returns: type: string
// returns: outgoing: boolean
// returns: other_id: string
// returns: other: string
// returns: relationship_code: string
// returns: derived: boolean
// returns: evidence_keys: list
// timeout_s: 3
// rendering: table
// note: Derived ties are computed from incidents or contact points; the evidence keys name them.
MATCH (p:Person {person_id: $person_id})-[tie:VICTIM_WAS|CO_OFFENDED|SHARES_CONTACT]-(o:Person)
RETURN type(tie) AS type, startNode(tie) = p AS outgoing, o.person_id AS other_id,
       coalesce(o.display_name, o.person_id) AS other, tie.relationship_code AS relationship_code,
       coalesce(tie.derived, false) AS derived,
       coalesce(tie.incident_keys, tie.contact_point_keys, [tie.incident_key]) AS evidence_keys
ORDER BY type, other_id, outgoing
LIMIT $limit
