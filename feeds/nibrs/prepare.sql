-- What several of the tables need. Lookup ids differ between releases, so every join is within one
-- delivery.
CREATE TEMP TABLE agency_of AS
SELECT delivery, agency_id AS agency_number, min(ori) AS ori,
       min(agency_locality(ori, state_postal_abbr, county_name)) AS locality_id
FROM agencies GROUP BY ALL;

CREATE TEMP TABLE incident_of AS
SELECT i.delivery, i.incident_id, i.source_line, i.incident_date, i.submission_date, i.incident_hour,
       coalesce(i.report_date_flag, false) AS date_is_report, c.cleared_except_code,
       s.incident_number, s.place_name, s.address, s.city, s.zip, s.latitude, s.longitude,
       coalesce(s.ori, a.ori) AS agency_id,
       coalesce(locality_id(s.fips), a.locality_id) AS locality_id,
       record_key(CASE WHEN s.incident_number IS NOT NULL THEN ['incident', s.ori, s.incident_number]
                       ELSE ['incident', 'nibrs', CAST(i.incident_id AS VARCHAR)] END) AS incident_key
FROM nibrs_incident i
JOIN agency_of a ON a.delivery = i.delivery AND a.agency_number = i.agency_id
LEFT JOIN incident_supplement s ON s.delivery = i.delivery AND s.incident_id = i.incident_id
LEFT JOIN nibrs_cleared_except c ON c.delivery = i.delivery AND c.cleared_except_id = i.cleared_except_id;

CREATE TEMP TABLE offense_of AS
SELECT o.delivery, o.offense_id, o.source_line, i.incident_key, i.agency_id,
       record_key(['offense', 'nibrs', CAST(o.offense_id AS VARCHAR)]) AS offense_key,
       coalesce(o.offense_code, t.offense_code) AS offense_code,
       o.attempt_complete_flag = 'A' AS attempted, l.location_code
FROM nibrs_offense o
JOIN incident_of i USING (delivery, incident_id)
LEFT JOIN nibrs_offense_type t ON t.delivery = o.delivery AND t.offense_type_id = o.offense_type_id
LEFT JOIN nibrs_location_type l ON l.delivery = o.delivery AND l.location_id = o.location_id;

-- Victims, offenders and arrestees alike. Natural persons: individuals and law enforcement officers
-- among victims; not the unknown offender, whose sequence number is 0.
CREATE TEMP TABLE party AS
WITH every AS (
  SELECT v.delivery, v.source_line, v.incident_id, 'V' AS person_type, v.victim_id AS party_number,
         v.victim_seq_num AS seq_num, t.victim_type_code AS party_type,
         t.victim_type_code IN ('I', 'L') AS natural_person, CAST(NULL AS DATE) AS observed_on,
         v.age_id, v.age_num, v.age_range_low_num, v.age_range_high_num, v.sex_code, v.race_id,
         v.ethnicity_id, v.resident_status_code AS resident_status
  FROM nibrs_victim v JOIN nibrs_victim_type t USING (delivery, victim_type_id)
  UNION ALL
  SELECT delivery, source_line, incident_id, 'O', offender_id, offender_seq_num,
         CASE WHEN offender_seq_num = 0 THEN 'U' ELSE 'I' END, offender_seq_num > 0, NULL,
         age_id, age_num, age_range_low_num, age_range_high_num, sex_code, race_id, ethnicity_id, NULL
  FROM nibrs_offender
  UNION ALL
  SELECT delivery, source_line, incident_id, 'A', arrestee_id, arrestee_seq_num, 'I', true, arrest_date,
         age_id, age_num, age_range_low_num, age_range_high_num, sex_code, race_id, ethnicity_id,
         resident_code
  FROM nibrs_arrestee)
SELECT e.delivery, e.source_line, e.incident_id, i.incident_key, i.agency_id, i.incident_number,
       e.person_type, e.party_number, e.seq_num, e.party_type, e.natural_person,
       CASE e.person_type WHEN 'V' THEN 'victim' WHEN 'O' THEN 'offender' ELSE 'arrestee' END AS role,
       record_key([CASE WHEN e.natural_person THEN 'person' ELSE 'party' END, 'nibrs', e.person_type,
                   CAST(e.party_number AS VARCHAR)]) AS party_key,
       coalesce(e.observed_on, i.incident_date) AS observed_on,
       e.sex_code AS sex, e.resident_status,
       CASE WHEN r.race_code IN ('W', 'B', 'I', 'A', 'P') THEN r.race_code END AS race,
       CASE WHEN n.ethnicity_code IN ('H', 'N') THEN n.ethnicity_code END AS ethnicity,
       CASE WHEN a.age_code IN ('00', 'NS') OR e.age_num IN ('00', 'NS') THEN NULL
            WHEN a.age_code IN ('NN', 'NB', 'BB') OR e.age_num IN ('NN', 'NB', 'BB') THEN 0
            WHEN a.age_code = '99' THEN 99
            WHEN e.age_range_high_num > e.age_range_low_num THEN e.age_range_low_num
            ELSE coalesce(TRY_CAST(e.age_num AS SMALLINT), TRY_CAST(a.age_code AS SMALLINT), e.age_range_low_num)
       END AS age_low_years,
       CASE WHEN a.age_code = '99' THEN 120
            WHEN e.age_range_high_num > e.age_range_low_num AND coalesce(a.age_code, '') NOT IN ('00', 'NS')
            THEN e.age_range_high_num END AS age_top_years
FROM every e
JOIN incident_of i USING (delivery, incident_id)
LEFT JOIN nibrs_age a ON a.delivery = e.delivery AND a.age_id = e.age_id
LEFT JOIN ref_race r ON r.delivery = e.delivery AND r.race_id = e.race_id
LEFT JOIN nibrs_ethnicity n ON n.delivery = e.delivery AND n.ethnicity_id = e.ethnicity_id;

CREATE TEMP TABLE named AS
SELECT p.delivery, p.party_key, p.incident_key, p.agency_id, p.observed_on, s.*
       EXCLUDE (delivery, file, received, incident_id, person_type, seq_num)
FROM party p JOIN name_supplement s USING (delivery, incident_id, person_type, seq_num)
WHERE p.natural_person;

INSERT INTO mention BY NAME
WITH written AS (
  SELECT party_key AS record_key, incident_key, agency_id, delivery, source_line, observed_on AS used_on,
         phone, plate AS vehicle, handle, address_of(address, city) AS address
  FROM named)
UNPIVOT written ON phone, vehicle, handle, address INTO NAME kind VALUE written;
