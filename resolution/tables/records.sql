-- ``written`` (source, row_number and the fields of resolution.tables.columns, all text) as
-- person_record has them. $dates are the orders of dates that this table was seen to use.
WITH read AS (
  SELECT *,
    TRY_CAST(try_strptime(left(trim(birth_date), 20), $dates) AS DATE) AS born,
    TRY_CAST(try_strptime(left(trim(observed_on), 20), $observed) AS DATE) AS seen,
    regexp_replace(phone, '[^0-9]', '', 'g') AS phone_digits,
    TRY_CAST(TRY_CAST(birth_year AS DOUBLE) AS INTEGER) AS year_part,
    TRY_CAST(TRY_CAST(birth_month AS DOUBLE) AS INTEGER) AS month_part,
    TRY_CAST(TRY_CAST(birth_day AS DOUBLE) AS INTEGER) AS day_part,
    TRY_CAST(TRY_CAST(age AS DOUBLE) AS INTEGER) AS age_part,
    nullif(regexp_extract(full_name, '(?i)[ ,]+(jr|sr|ii|iii|iv)\.?\s*$', 1), '') AS generation,
    trim(regexp_replace(regexp_replace(full_name, '(?i)[ ,]+(jr|sr|ii|iii|iv)\.?\s*$', ''),
      '\s+', ' ', 'g')) AS whole,
    contains(whole, ',') AS surname_first
  FROM written),
dated AS (
  SELECT *,
    CASE WHEN year(coalesce(born, made)) BETWEEN 1000 AND 2200 THEN coalesce(born, made) END AS day
  FROM (
    SELECT *, TRY_CAST(
      lpad(year_part::VARCHAR, 4, '0') || '-' || lpad(month_part::VARCHAR, 2, '0') || '-'
      || lpad(day_part::VARCHAR, 2, '0') AS DATE) AS made
    FROM read)),
parted AS (
  SELECT *,
    CASE WHEN given_name IS NULL THEN nullif(regexp_extract(before, ' ([^\W\d_])\.?$', 1), '') END
      AS initial,
    coalesce(given_name, regexp_replace(before, ' [^\W\d_]\.?$', '')) AS given,
    coalesce(surname, CASE WHEN surname_first THEN trim(split_part(whole, ',', 1))
      WHEN contains(whole, ' ') THEN regexp_extract(whole, '([^ ]+)$', 1) END) AS family
  FROM (
    SELECT *, CASE WHEN surname_first THEN trim(split_part(whole, ',', 2))
      WHEN contains(whole, ' ') THEN regexp_replace(whole, ' [^ ]+$', '') ELSE whole END AS before
    FROM dated))
SELECT
  lpad(source_number::VARCHAR, 3, '0') || ':' || lpad(row_number::VARCHAR, 12, '0') AS record_key,
  source AS feed,
  given AS given_name, coalesce(middle_name, initial) AS middle_name, family AS surname,
  coalesce(name_suffix, generation) AS name_suffix,
  CASE WHEN alias IS NOT NULL THEN string_split_regex(alias, '\s*[;|]\s*') END AS aliases,
  day AS birth_date,
  CASE WHEN coalesce(year(day), year_part) BETWEEN 1000 AND 2200
    THEN coalesce(year(day), year_part) END AS birth_year,
  CASE WHEN age_part BETWEEN 0 AND 120 THEN age_part END AS age_low_years,
  CASE WHEN age_part BETWEEN 0 AND 120 THEN age_part END AS age_high_years,
  -- Ages without a day are taken to be of one day: they are compared with one another.
  coalesce(seen, CASE WHEN age_part IS NOT NULL AND day IS NULL THEN DATE '2000-07-01' END)
    AS observed_on,
  CASE WHEN upper(left(trim(sex), 1)) IN ('M', 'F', 'X') THEN upper(left(trim(sex), 1)) END AS sex,
  CASE WHEN length(phone_digits) >= 7 THEN ["right"(phone_digits, 10)] END AS phones,
  CASE WHEN contains(email, '@') OR length(email) > 5 THEN [lower(trim(email))] END AS emails,
  CASE WHEN handle IS NOT NULL THEN [lower(trim(handle))] END AS handles,
  CASE WHEN plate IS NOT NULL THEN [regexp_replace(upper(plate), '[^A-Z0-9]', '', 'g')] END
    AS plates,
  upper(nullif(concat_ws(' ', house_number, street), '')) AS address_line,
  upper(city) AS city,
  regexp_replace(upper(zip), '[^A-Z0-9]', '', 'g') AS zip,
  -- Where no name is told, an e-mail address or a telephone is all that says who it is.
  coalesce('id:' || nullif(regexp_replace(upper(strong_id), '[^A-Z0-9]', '', 'g'), ''),
    CASE WHEN coalesce(given, family, alias) IS NULL THEN coalesce(
      CASE WHEN contains(email, '@') THEN 'mail:' || lower(trim(email)) END,
      CASE WHEN length(phone_digits) >= 7 THEN 'tel:' || "right"(phone_digits, 10) END) END)
    AS strong_id
FROM parted
