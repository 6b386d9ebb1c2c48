-- I: incidents, Z: zero report, U: not received. Later layouts have one row per submission.
SELECT record_key(['reporting_month', a.ori, CAST(coalesce(m.inc_data_year, m.data_year) AS VARCHAR), CAST(m.month_num AS VARCHAR)]) AS reporting_month_key,
       a.ori AS agency, any_value(a.locality_id) AS locality_id,
       make_date(coalesce(m.inc_data_year, m.data_year), m.month_num, 1) AS month,
       bool_or(m.reported_status IS NULL OR m.reported_status <> 'U') AS reported,
       a.ori AS agency_id, max(m.delivery) AS delivery, min(m.source_line) AS source_line
FROM nibrs_month m JOIN agency_of a ON a.delivery = m.delivery AND a.agency_number = m.agency_id
GROUP BY ALL
