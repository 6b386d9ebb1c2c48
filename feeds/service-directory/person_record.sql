SELECT record_key, 'client' AS role, referral_no AS source_id, first_name AS given_name, last_name AS surname,
       full_date(dob) AS birth_date, year_of(dob) AS birth_year, years AS age_low_years, years AS age_high_years,
       date_referred AS observed_on, sex, just(phone_e164(phone)) AS phones, zip,
       protected AS household_protected, 'VA-SERVICES' AS agency_id, delivery, source_line
FROM referred WHERE record_key IS NOT NULL
