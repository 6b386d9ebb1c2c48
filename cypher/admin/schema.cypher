// Constraints and indexes of a view's graph; safe to repeat.
// From graph/schema.py.
CREATE CONSTRAINT person_key IF NOT EXISTS FOR (n:Person) REQUIRE n.person_id IS UNIQUE;
CREATE CONSTRAINT record_key IF NOT EXISTS FOR (n:Record) REQUIRE n.record_key IS UNIQUE;
CREATE CONSTRAINT incident_key IF NOT EXISTS FOR (n:Incident) REQUIRE n.incident_key IS UNIQUE;
CREATE CONSTRAINT report_key IF NOT EXISTS FOR (n:Report) REQUIRE n.report_key IS UNIQUE;
CREATE CONSTRAINT offense_key IF NOT EXISTS FOR (n:Offense) REQUIRE n.offense_key IS UNIQUE;
CREATE CONSTRAINT location_key IF NOT EXISTS FOR (n:Location) REQUIRE n.location_key IS UNIQUE;
CREATE CONSTRAINT locality_key IF NOT EXISTS FOR (n:Locality) REQUIRE n.locality_id IS UNIQUE;
CREATE CONSTRAINT event_key IF NOT EXISTS FOR (n:Event) REQUIRE n.event_key IS UNIQUE;
CREATE CONSTRAINT arrest_key IF NOT EXISTS FOR (n:Arrest) REQUIRE n.arrest_key IS UNIQUE;
CREATE CONSTRAINT drugseizure_key IF NOT EXISTS FOR (n:DrugSeizure) REQUIRE n.seizure_key IS UNIQUE;
CREATE CONSTRAINT missingepisode_key IF NOT EXISTS FOR (n:MissingEpisode) REQUIRE n.episode_key IS UNIQUE;
CREATE CONSTRAINT contactpoint_key IF NOT EXISTS FOR (n:ContactPoint) REQUIRE n.contact_point_key IS UNIQUE;
CREATE CONSTRAINT agency_key IF NOT EXISTS FOR (n:Agency) REQUIRE n.agency_id IS UNIQUE;
CREATE INDEX incident_occurred_on IF NOT EXISTS FOR (n:Incident) ON (n.occurred_on);
CREATE INDEX episode_missing_from_on IF NOT EXISTS FOR (n:MissingEpisode) ON (n.missing_from_on);
CREATE INDEX offense_code IF NOT EXISTS FOR (n:Offense) ON (n.offense_code);
CREATE FULLTEXT INDEX incident_text IF NOT EXISTS FOR (n:Incident) ON EACH [n.incident_numbers, n.summary];
CREATE FULLTEXT INDEX location_text IF NOT EXISTS FOR (n:Location) ON EACH [n.name, n.address_line];
CREATE FULLTEXT INDEX contact_text IF NOT EXISTS FOR (n:ContactPoint) ON EACH [n.value];
CREATE FULLTEXT INDEX event_text IF NOT EXISTS FOR (n:Event) ON EACH [n.name];
