-- The tables of the layout up to 2020 under common names: offenses by id.
CREATE VIEW offense_type_of AS SELECT DISTINCT offense_type_id, offense_code FROM nibrs_offense_type;
CREATE VIEW incident_of AS SELECT incident_id, agency_id, incident_hour FROM nibrs_incident;
CREATE VIEW offense_of AS
SELECT o.incident_id, o.offense_id, t.offense_code, o.location_id
FROM nibrs_offense o JOIN offense_type_of t USING (offense_type_id);
CREATE VIEW arrestee_of AS
SELECT a.*, t.offense_code AS for_code FROM nibrs_arrestee a JOIN offense_type_of t USING (offense_type_id);
CREATE VIEW age_of AS SELECT DISTINCT age_id, age_code FROM nibrs_age;
