-- Every measure as counts by category. Incidents of trafficking and commercial sex are left out of all
-- but their own measure: a world holds far more of them than a state, on purpose.
CREATE TABLE special AS
SELECT DISTINCT incident_id FROM offense_of WHERE offense_code IN ('64A', '64B', '40A', '40B', '40C');
CREATE TABLE incident AS SELECT * FROM incident_of ANTI JOIN special USING (incident_id);
CREATE TABLE offense AS
SELECT o.*, l.location_code
FROM offense_of o JOIN (SELECT DISTINCT location_id, location_code FROM nibrs_location_type) l USING (location_id)
SEMI JOIN incident USING (incident_id);
CREATE TABLE party AS
WITH every AS (
  SELECT 'victim' AS role, v.incident_id, v.age_id, v.age_num, v.sex_code, v.race_id, v.ethnicity_id
  FROM nibrs_victim v JOIN (SELECT DISTINCT victim_type_id, victim_type_code FROM nibrs_victim_type) t
       USING (victim_type_id)
  WHERE t.victim_type_code IN ('I', 'L')
  UNION ALL
  SELECT 'offender', incident_id, age_id, age_num, sex_code, race_id, ethnicity_id
  FROM nibrs_offender WHERE offender_seq_num <> '0'
  UNION ALL
  SELECT 'arrestee', incident_id, age_id, age_num, sex_code, race_id, ethnicity_id FROM arrestee_of)
SELECT e.role, TRY_CAST(e.age_num AS INTEGER) AS age,
       e.age_id IS NULL OR a.age_code IN ('00', 'NS') AS age_unknown,
       coalesce(nullif(e.sex_code, ''), 'U') AS sex, coalesce(r.race_code, 'U') AS race,
       coalesce(n.ethnicity_code, 'U') AS ethnicity
FROM every e SEMI JOIN incident USING (incident_id)
LEFT JOIN age_of a ON a.age_id = e.age_id
LEFT JOIN (SELECT DISTINCT race_id, race_code FROM ref_race) r ON r.race_id = e.race_id
LEFT JOIN (SELECT DISTINCT ethnicity_id, ethnicity_code FROM nibrs_ethnicity) n ON n.ethnicity_id = e.ethnicity_id;
CREATE TABLE per_incident AS
WITH each_offense AS (SELECT incident_id, count(*) AS n FROM offense GROUP BY ALL),
     each_victim AS (SELECT incident_id, count(*) AS n FROM nibrs_victim GROUP BY ALL),
     each_offender AS (SELECT incident_id, count(*) AS n, count(*) FILTER (WHERE offender_seq_num = '0') AS unknown
                       FROM nibrs_offender GROUP BY ALL),
     each_arrest AS (SELECT incident_id, count(*) AS n FROM arrestee_of GROUP BY ALL)
SELECT i.incident_id, o.n AS offenses, v.n AS victims, f.n AS offenders, f.unknown > 0 AS offender_unknown,
       coalesce(a.n, 0) AS arrestees
FROM incident i JOIN each_offense o USING (incident_id) JOIN each_victim v USING (incident_id)
JOIN each_offender f USING (incident_id) LEFT JOIN each_arrest a USING (incident_id);

CREATE TABLE measure AS
WITH counted AS (
  UNPIVOT (SELECT offenses, victims, offenders, arrestees FROM per_incident)
  ON offenses, victims, offenders, arrestees INTO NAME what VALUE many),
ranked AS (
  SELECT agency_id, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, agency_id) AS rank
  FROM incident GROUP BY agency_id)
SELECT what || ' per incident' AS measure, CASE WHEN many >= 3 THEN '3 or more' ELSE CAST(many AS VARCHAR) END AS category,
       count(*) AS n
FROM counted GROUP BY ALL
UNION ALL
SELECT 'incidents by what is known of the offender', CASE WHEN offender_unknown THEN 'nothing' ELSE 'something' END, count(*)
FROM per_incident GROUP BY ALL
UNION ALL
SELECT 'victims by type', t.victim_type_code, count(*)
FROM nibrs_victim v JOIN (SELECT DISTINCT victim_type_id, victim_type_code FROM nibrs_victim_type) t USING (victim_type_id)
SEMI JOIN incident USING (incident_id) GROUP BY ALL
UNION ALL
SELECT role || 's by age', CASE WHEN age_unknown OR age IS NULL THEN 'unknown' WHEN age < 12 THEN '00-11'
       WHEN age < 18 THEN '12-17' WHEN age < 25 THEN '18-24' WHEN age < 35 THEN '25-34' WHEN age < 50 THEN '35-49'
       ELSE '50 and over' END, count(*) FROM party GROUP BY ALL
UNION ALL
SELECT role || 's by sex', sex, count(*) FROM party GROUP BY ALL
UNION ALL
SELECT role || 's by race', CASE WHEN race IN ('U', 'NS') THEN 'unknown' ELSE 'known' END, count(*) FROM party GROUP BY ALL
UNION ALL
SELECT role || 's by ethnicity', CASE WHEN ethnicity IN ('U', 'NS') THEN 'unknown' ELSE 'known' END, count(*) FROM party GROUP BY ALL
UNION ALL
SELECT 'relationships', r.relationship_code, count(*)
FROM nibrs_victim_offender_rel x JOIN (SELECT DISTINCT relationship_id, relationship_code FROM nibrs_relationship) r
     USING (relationship_id)
JOIN nibrs_victim v USING (victim_id) SEMI JOIN incident ON incident.incident_id = v.incident_id GROUP BY ALL
UNION ALL
SELECT 'offenses by place', location_code, count(*) FROM offense GROUP BY ALL
UNION ALL
SELECT 'offenses by code', offense_code, count(*) FROM offense GROUP BY ALL
UNION ALL
SELECT 'incidents by hour', coalesce(lpad(CAST(TRY_CAST(incident_hour AS INTEGER) AS VARCHAR), 2, '0'), 'unknown'), count(*)
FROM incident GROUP BY ALL
UNION ALL
SELECT 'incidents by agency', CASE WHEN rank = 1 THEN 'largest' WHEN rank <= 10 THEN '2nd to 10th' ELSE 'others' END, sum(n)
FROM ranked GROUP BY ALL
UNION ALL
SELECT 'incidents of trafficking or commercial sex', CASE WHEN s.incident_id IS NULL THEN 'no' ELSE 'yes' END, count(*)
FROM incident_of i LEFT JOIN special s USING (incident_id) GROUP BY ALL
UNION ALL
SELECT 'trafficking offenses by kind', offense_code, count(*) FROM offense_of WHERE offense_code IN ('64A', '64B') GROUP BY ALL;
