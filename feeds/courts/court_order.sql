SELECT record_key(['court_order', order_number]) AS court_order_key,
       CASE WHEN petitioner IS NOT NULL
            THEN record_key(['person', 'courts', 'order', order_number, 'petitioner']) END AS petitioner_key,
       record_key(['person', 'courts', 'order', order_number, 'respondent']) AS respondent_key,
       CASE WHEN child IS NOT NULL
            THEN record_key(['person', 'courts', 'order', order_number, 'child']) END AS child_key,
       order_number AS case_number, order_type AS kind, child IS NOT NULL AS about_child,
       locality_id(court_fips) AS locality_id,
       issued_date AS issued_on, served_date AS served_on, expires_date AS expires_on,
       dissolved_date AS dissolved_on, custody_to, 'VA-OES' AS agency_id, delivery, source_line
FROM "order"
