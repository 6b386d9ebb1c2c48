-- ``written`` (source, row_number and the fields of resolution.tables.columns, all text) as
-- person_record has them. $dates are the orders of dates that this table was seen to use, and
-- $dates_counted what its numbers count instead; $surname_first, whether a whole name without a
-- comma begins with the surname; $women, $men and $neither the first signs of sexes.
-- told_day is no column of person_record: see resolution.tables.notes.
WITH typed AS (
  SELECT * REPLACE (
      -- See resolution.tables.placeholders.
      CASE WHEN NOT no_phone(phone) THEN phone END AS phone,
      CASE WHEN NOT no_email(email) THEN email END AS email,
      CASE WHEN NOT no_identifier(strong_id) THEN strong_id END AS strong_id,
      regexp_replace(counted_day(trim(birth_date), $dates_counted),
        '[T ]+[0-9]{1,2}:[0-9]{2}.*$', '') AS birth_date,
      regexp_replace(counted_day(trim(other_birth_date), $other_counted),
        '[T ]+[0-9]{1,2}:[0-9]{2}.*$', '') AS other_birth_date,
      -- A bare year is its middle.
      regexp_replace(regexp_replace(counted_day(trim(observed_on), $observed_counted),
        '[T ]+[0-9]{1,2}:[0-9]{2}.*$', ''), '^([12][0-9]{3})$', '\1-07-01') AS observed_on,
      -- Titles and degrees are no names.
      trim(regexp_replace(regexp_replace(regexp_replace(full_name, '\s+', ' ', 'g'),
        '(?i)^ *((mr|mrs|ms|miss|dr|prof|rev|herr|frau|mme|mlle|sra|srta)\.? )+', ''),
        '(?i)[ ,]+(m\.?d|ph\.?d|esq|dds|rn|cpa|r\.?n)\.?$', '')) AS full_name),
    sex_sign(sex) AS sex_sign
  FROM written),
read AS (
  SELECT *,
    -- A number lost its first 0.
    TRY_CAST(try_strptime(CASE WHEN regexp_full_match(birth_date, '[0-9]{7}|[0-9]{5}')
      THEN '0' || birth_date ELSE left(birth_date, 30) END, $dates) AS DATE) AS found,
    TRY_CAST(try_strptime(CASE WHEN regexp_full_match(other_birth_date, '[0-9]{7}|[0-9]{5}')
      THEN '0' || other_birth_date ELSE left(other_birth_date, 30) END, $other_dates) AS DATE)
      AS found_otherwise,
    regexp_matches(coalesce(birth_date, other_birth_date), '[0-9]{4}') AND NOT
      regexp_full_match(coalesce(birth_date, other_birth_date), '[0-9]{5,6}') AS whole_year,
    TRY_CAST(regexp_extract(birth_date, '(?:^|[^0-9])(1[0-9]{3}|20[0-9]{2})(?:[^0-9]|$)', 1)
      AS INTEGER) AS year_alone,
    TRY_CAST(try_strptime(left(observed_on, 30), $observed) AS DATE) AS seen,
    regexp_replace(phone, '[^0-9]', '', 'g') AS phone_digits,
    TRY_CAST(TRY_CAST(birth_year AS DOUBLE) AS INTEGER) AS year_part,
    TRY_CAST(TRY_CAST(birth_month AS DOUBLE) AS INTEGER) AS month_part,
    TRY_CAST(TRY_CAST(birth_day AS DOUBLE) AS INTEGER) AS day_part,
    TRY_CAST(TRY_CAST(age AS DOUBLE) AS INTEGER) AS age_part,
    nullif(regexp_extract(full_name, '(?i)[ ,]+(jr|sr|ii|iii|iv)\.?\s*$', 1), '') AS generation,
    regexp_replace(full_name, '(?i)[ ,]+(jr|sr|ii|iii|iv)\.?\s*$', '') AS whole,
    contains(regexp_replace(full_name, '(?i)[ ,]+(jr|sr|ii|iii|iv)\.?\s*$', ''), ',')
      AS has_comma,
    trim(split_part(street, ',', 1)) AS street_alone,
    trim(split_part(street, ',', 2)) AS street_rest
  FROM typed),
dated AS (
  SELECT * REPLACE (
      CASE WHEN year_part BETWEEN 1000 AND 2200 THEN year_part ELSE year_alone END AS year_part),
    CASE WHEN year(day) BETWEEN 1000 AND 2200 THEN
      CASE WHEN year(day) > $latest AND NOT whole_year THEN CAST(day - INTERVAL 100 YEAR AS DATE)
        ELSE day END END AS day_of_birth,
    -- ECHEVERRIA VIRGINIA C; a particle belongs to the surname.
    CASE WHEN $surname_first AND NOT has_comma THEN nullif(trim(regexp_extract(whole,
      '(?i)^((van|von|der|den|de|del|della|di|da|dos|das|du|la|le|st|mc|mac|al|el|bin|ben)\.? )*'
      || '[^ ]+ ')), '') END AS leading_name
  FROM (
    SELECT *, coalesce(
      CASE WHEN year(found) BETWEEN 1000 AND 2200 THEN found END, found_otherwise, TRY_CAST(
      lpad(year_part::VARCHAR, 4, '0') || '-' || lpad(month_part::VARCHAR, 2, '0') || '-'
      || lpad(day_part::VARCHAR, 2, '0') AS DATE)) AS day
    FROM read)),
parted AS (
  SELECT *,
    coalesce(given_name, before) AS givens,
    coalesce(surname, CASE WHEN has_comma THEN trim(split_part(whole, ',', 1))
      WHEN leading_name IS NOT NULL THEN leading_name
      WHEN contains(whole, ' ') THEN regexp_extract(whole, '([^ ]+)$', 1) END) AS family,
    -- What a full name says besides the names that have columns of their own.
    CASE WHEN given_name IS NOT NULL AND surname IS NOT NULL THEN
      nullif(array_to_string(list_filter(string_split(whole, ' '), lambda w: NOT list_contains(
        string_split(given_name || ' ' || surname, ' '), w)), ' '), '') END AS besides
  FROM (
    SELECT *, CASE WHEN has_comma THEN trim(split_part(whole, ',', 2))
      WHEN leading_name IS NOT NULL THEN trim(substr(whole, length(leading_name) + 1))
      WHEN contains(whole, ' ') THEN regexp_replace(whole, ' [^ ]+$', '') ELSE whole END AS before
    FROM dated)),
named AS (
  SELECT * REPLACE (
      CASE WHEN second IS NULL THEN givens ELSE split_part(givens, ' ', 1) END AS givens,
      coalesce(middle_name, second, besides) AS middle_name)
  FROM (
    SELECT *, CASE WHEN middle_name IS NULL
      THEN nullif(regexp_extract(givens, '^[^ ]+ ([^ ]+)$', 1), '') END AS second
    FROM parted))
SELECT
  lpad(source_number::VARCHAR, 3, '0') || ':' || lpad(row_number::VARCHAR, 12, '0') AS record_key,
  source AS feed,
  givens AS given_name, regexp_replace(middle_name, '^([^\W\d_])\.$', '\1') AS middle_name,
  nullif(concat_ws(' ', family, second_surname), '') AS surname,
  coalesce(name_suffix, generation) AS name_suffix,
  nullif(list_concat(coalesce(string_split_regex(alias, '\s*[;|]\s*'), []),
    CASE WHEN givens IS NOT NULL AND other_surname IS NOT NULL
      THEN [concat_ws(' ', givens, other_surname)] ELSE [] END), []) AS aliases,
  day_of_birth AS birth_date,
  coalesce(year(day_of_birth), year_part) AS birth_year,
  CASE WHEN age_part BETWEEN 0 AND 120 THEN age_part END AS age_low_years,
  CASE WHEN age_part BETWEEN 0 AND 120 THEN age_part END AS age_high_years,
  -- Ages without a day are taken to be of one day: they are compared with one another.
  coalesce(seen, CASE WHEN age_part IS NOT NULL AND day IS NULL THEN DATE '2000-07-01' END)
    AS observed_on,
  seen AS told_day,
  CASE WHEN list_contains($women, sex_sign) THEN 'F' WHEN list_contains($men, sex_sign) THEN 'M'
    WHEN list_contains($neither, sex_sign) THEN 'X' END AS sex,
  CASE WHEN length(phone_digits) >= 7 THEN ["right"(phone_digits, 10)] END AS phones,
  CASE WHEN contains(email, '@') OR length(email) > 5 THEN [lower(trim(email))] END AS emails,
  CASE WHEN handle IS NOT NULL THEN [lower(trim(handle))] END AS handles,
  CASE WHEN plate IS NOT NULL THEN [regexp_replace(upper(plate), '[^A-Z0-9]', '', 'g')] END
    AS plates,
  -- Strasse 12 is 12 Strasse.
  upper(nullif(concat_ws(' ', house_number, CASE WHEN house_number IS NULL THEN regexp_replace(
    street_alone, '^([^0-9]{3,}?)[ .]+([0-9]+ ?[A-Za-z]?)$', '\2 \1') ELSE street_alone END), ''))
    AS address_line,
  upper(coalesce(city, CASE WHEN regexp_matches(street_rest, '[^\W\d_]{3}') THEN street_rest END))
    AS city,
  coalesce(regexp_replace(upper(zip), '[^A-Z0-9]', '', 'g'),
    CASE WHEN contains(street, ',')
      THEN nullif(regexp_extract(street, ' ([0-9]{5})(-[0-9]{4})? *$', 1), '') END) AS zip,
  -- Where no name is told, an e-mail address or a telephone is all that says who it is.
  coalesce('id:' || nullif(regexp_replace(upper(strong_id), '[^A-Z0-9]', '', 'g'), ''),
    CASE WHEN coalesce(givens, family, alias) IS NULL THEN coalesce(
      CASE WHEN contains(email, '@') THEN 'mail:' || lower(trim(email)) END,
      CASE WHEN length(phone_digits) >= 7 THEN 'tel:' || "right"(phone_digits, 10) END) END)
    AS strong_id
FROM named
