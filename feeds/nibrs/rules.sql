-- What a contract of columns cannot say. Each row returned is quarantined.
SELECT 'nibrs_offense' AS kind, delivery, file, source_line, 'offense_code' AS field,
       'is blank, expected an offense code or type' AS reason
FROM nibrs_offense WHERE offense_code IS NULL AND offense_type_id IS NULL
UNION ALL
SELECT 'name_supplement', s.delivery, s.file, s.source_line, 'seq_num',
       'names no natural person of the incident'
FROM name_supplement s
WHERE NOT EXISTS (
  FROM (SELECT v.delivery, v.incident_id, 'V' AS person_type, v.victim_seq_num AS seq_num
        FROM nibrs_victim v JOIN nibrs_victim_type t USING (delivery, victim_type_id)
        WHERE t.victim_type_code IN ('I', 'L')
        UNION ALL SELECT delivery, incident_id, 'O', offender_seq_num FROM nibrs_offender WHERE offender_seq_num > 0
        UNION ALL SELECT delivery, incident_id, 'A', arrestee_seq_num FROM nibrs_arrestee) p
  WHERE p.delivery = s.delivery AND p.incident_id = s.incident_id
    AND p.person_type = s.person_type AND p.seq_num = s.seq_num)
UNION ALL
SELECT 'incident_supplement', delivery, file, source_line, 'incident_number',
       'is the agency''s number of another incident too'
FROM incident_supplement
QUALIFY row_number() OVER (PARTITION BY ori, incident_number ORDER BY received DESC, incident_id DESC) > 1
UNION ALL
SELECT kind, delivery, file, source_line, 'age_num', 'is not an age in years or one of NN, NB, BB, NS'
FROM (SELECT 'nibrs_victim' AS kind, delivery, file, source_line, age_num FROM nibrs_victim
      UNION ALL SELECT 'nibrs_offender', delivery, file, source_line, age_num FROM nibrs_offender
      UNION ALL SELECT 'nibrs_arrestee', delivery, file, source_line, age_num FROM nibrs_arrestee)
WHERE age_num IS NOT NULL AND NOT regexp_full_match(age_num, '[0-9]{1,2}|NN|NB|BB|NS')
