SELECT referral_key, record_key, service_key, date_referred AS referred_on, referring_party AS referred_by,
       release, outcome, outcome_date AS outcome_on, 'VA-SERVICES' AS agency_id, delivery, source_line
FROM referred
