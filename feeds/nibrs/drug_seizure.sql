SELECT record_key(['drug_seizure', 'nibrs', CAST(d.nibrs_suspected_drug_id AS VARCHAR)]) AS drug_seizure_key,
       i.incident_key, t.suspected_drug_code AS drug_code, d.est_drug_qty AS quantity,
       m.drug_measure_code AS measure_code, false AS confirmed, i.agency_id, d.delivery, d.source_line
FROM nibrs_suspected_drug d
JOIN nibrs_property p USING (delivery, property_id)
JOIN incident_of i ON i.delivery = p.delivery AND i.incident_id = p.incident_id
JOIN nibrs_suspected_drug_type t ON t.delivery = d.delivery AND t.suspected_drug_type_id = d.suspected_drug_type_id
LEFT JOIN nibrs_drug_measure_type m ON m.delivery = d.delivery AND m.drug_measure_type_id = d.drug_measure_type_id
