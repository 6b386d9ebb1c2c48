-- A medical record number means a person within one hospital only.
CREATE TEMP TABLE patient AS
SELECT *, record_key(['person', 'hospital', visit_id]) AS record_key,
       coalesce(CAST(age_on(full_date(dob), visit_date) AS BIGINT), age) AS years,
       'MRN-' || regexp_replace(upper(facility), '[^A-Z0-9]', '', 'g') || ':' || mrn AS strong_id
FROM visit;
