-- The tables of the layout of 2021 and later under common names.
CREATE VIEW incident_of AS SELECT incident_id, agency_id, incident_hour FROM nibrs_incident;
CREATE VIEW offense_of AS SELECT incident_id, offense_id, offense_code, location_id FROM nibrs_offense;
CREATE VIEW arrestee_of AS SELECT *, offense_code AS for_code FROM nibrs_arrestee;
CREATE VIEW age_of AS SELECT DISTINCT age_id, age_code FROM nibrs_age;
