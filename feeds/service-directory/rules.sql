-- Without a written release a victim service may not tell who its client is (34 U.S.C. 12291(b)(2)).
SELECT 'referral' AS kind, delivery, file, source_line, 'release' AS field,
       'is none, but the row describes the client; it must not be sent' AS reason
FROM referral
WHERE release = 'none' AND coalesce(last_name, first_name, dob, CAST(age AS VARCHAR), phone, zip) IS NOT NULL
UNION ALL BY NAME
SELECT 'referral' AS kind, delivery, file, source_line, 'outcome_date' AS field, 'is before the referral' AS reason
FROM referral WHERE outcome_date < date_referred
UNION ALL BY NAME
SELECT 'referral' AS kind, delivery, file, source_line, 'dob' AS field, 'is after the referral' AS reason
FROM referral WHERE year_of(dob) > year(date_referred) OR full_date(dob) > date_referred
