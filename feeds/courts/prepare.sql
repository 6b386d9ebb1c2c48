-- "LAST, FIRST MIDDLE SUFFIX". Without a comma the whole is a surname.
CREATE TEMP MACRO is_suffix(word) AS coalesce(regexp_full_match(word, '(JR|SR|II|III|IV)\.?'), false);
CREATE TEMP MACRO words_after_comma(party) AS
  list_filter(string_split(coalesce(squeezed(regexp_extract(party, ',(.*)$', 1)), ''), ' '), lambda word: word <> '');
CREATE TEMP MACRO party_surname(party) AS squeezed(split_part(party, ',', 1));
CREATE TEMP MACRO party_given(party) AS words_after_comma(party)[1];
CREATE TEMP MACRO party_suffix(party) AS
  CASE WHEN len(words_after_comma(party)) > 1 AND is_suffix(words_after_comma(party)[-1])
       THEN rtrim(words_after_comma(party)[-1], '.') END;
CREATE TEMP MACRO party_middle(party) AS
  nullif(array_to_string(words_after_comma(party)[2 : CASE WHEN party_suffix(party) IS NULL THEN -1 ELSE -2 END], ' '), '');

-- The petitioner's address is taken where it is not confidential; a child's is in no column, so that
-- an order tells where nobody lives who hides.
CREATE TEMP TABLE person AS
SELECT record_key(['person', 'courts', 'charge', case_number, CAST(charge_number AS VARCHAR)]) AS record_key,
       'defendant' AS role, case_number AS source_id, defendant AS party, aka AS aliases, dob, sex, race,
       filed_date AS observed_on, address AS address_line, city, zip, false AS hidden, delivery, source_line
FROM charge
UNION ALL BY NAME
SELECT record_key(['person', 'courts', 'order', order_number, 'petitioner']) AS record_key,
       'petitioner' AS role, order_number AS source_id, petitioner AS party, petitioner_dob AS dob,
       petitioner_sex AS sex, issued_date AS observed_on,
       CASE WHEN NOT address_confidential THEN petitioner_address END AS address_line,
       CASE WHEN NOT address_confidential THEN petitioner_city END AS city,
       CASE WHEN NOT address_confidential THEN petitioner_zip END AS zip,
       address_confidential AS hidden, delivery, source_line
FROM "order" WHERE petitioner IS NOT NULL
UNION ALL BY NAME
SELECT record_key(['person', 'courts', 'order', order_number, 'respondent']) AS record_key,
       'respondent' AS role, order_number AS source_id, respondent AS party, respondent_dob AS dob,
       respondent_sex AS sex, issued_date AS observed_on, respondent_address AS address_line,
       respondent_city AS city, respondent_zip AS zip, false AS hidden, delivery, source_line
FROM "order"
UNION ALL BY NAME
SELECT record_key(['person', 'courts', 'order', order_number, 'child']) AS record_key, 'child' AS role,
       order_number AS source_id, child AS party, child_dob AS dob, child_sex AS sex,
       issued_date AS observed_on, address_confidential AS hidden, delivery, source_line
FROM "order" WHERE child IS NOT NULL;

INSERT INTO mention BY NAME
SELECT 'address' AS kind, address_of(address_line, city) AS written, record_key, observed_on AS used_on,
       'VA-OES' AS agency_id, delivery, source_line
FROM person WHERE address_line IS NOT NULL AND NOT hidden;
