-- What one column holds. ``written`` (v) is the column as text; $fillers are words for not recorded.
-- Counts of rows, told by value once: a column of a million rows has few thousand values.
WITH by_value AS (
  SELECT clean(v) AS v, count(*) AS n FROM written GROUP BY 1),
told AS (
  SELECT v, n, list_contains($fillers, upper(v)) AS filler FROM by_value WHERE v IS NOT NULL)
SELECT coalesce((SELECT sum(n) FROM by_value), 0) AS rows,
  coalesce(sum(n), 0) AS filled,
  count(*) AS values,
  coalesce(min(n), 0) AS rarest,
  coalesce(max(length(v)), 0) AS longest,
  coalesce(sum(n * length(v)) / sum(n), 0) AS mean_length,
  coalesce(sum(n) FILTER (NOT filler), 0) AS sound,
  coalesce(list(DISTINCT upper(v)) FILTER (filler), []) AS fillers,
  coalesce(sum(n) FILTER (NOT filler AND as_integer(v) IS NOT NULL), 0) AS integer,
  coalesce(sum(n) FILTER (NOT filler AND as_decimal(v) IS NOT NULL), 0) AS decimal,
  coalesce(sum(n) FILTER (NOT filler AND as_flag(v) IS NOT NULL), 0) AS flag,
  coalesce(sum(n) FILTER (NOT filler AND as_iso_date(v) IS NOT NULL), 0) AS iso_date,
  coalesce(sum(n) FILTER (NOT filler AND as_us_date(v) IS NOT NULL), 0) AS us_date,
  coalesce(sum(n) FILTER (NOT filler AND as_nibrs_date(v) IS NOT NULL), 0) AS nibrs_date,
  coalesce(sum(n) FILTER (NOT filler AND as_iso_date_or_year(v) IS NOT NULL), 0) AS iso_date_or_year,
  coalesce(sum(n) FILTER (NOT filler AND as_us_date_or_year(v) IS NOT NULL), 0) AS us_date_or_year,
  coalesce(sum(n) FILTER (NOT filler AND as_timestamp(v) IS NOT NULL), 0) AS timestamp,
  coalesce(sum(n) FILTER (NOT filler AND as_age_range(v) IS NOT NULL), 0) AS age_range,
  coalesce(sum(n) FILTER (NOT filler AND as_ori(v) IS NOT NULL), 0) AS ori,
  coalesce(sum(n) FILTER (NOT filler AND as_zip(v) IS NOT NULL), 0) AS zip,
  coalesce(sum(n) FILTER (NOT filler AND as_fips(v) IS NOT NULL), 0) AS fips,
  coalesce(sum(n) FILTER (NOT filler AND only_array(v) IS NOT NULL), 0) AS list,
  coalesce(sum(n) FILTER (NOT filler AND as_year(v) IS NOT NULL), 0) AS year,
  coalesce(sum(n) FILTER (NOT filler AND regexp_full_match(v, '[0-9]{8}')
    AND plausible(CAST(try_strptime(v, '%Y%m%d') AS DATE)) IS NOT NULL), 0) AS compact_date,
  coalesce(sum(n) FILTER (NOT filler AND regexp_full_match(v, '0[0-9]+')), 0) AS led_by_zero,
  coalesce(sum(n) FILTER (NOT filler AND regexp_full_match(v, '[A-Z]{2}[A-Z0-9]{4}[0-9]{3}')), 0) AS like_ori,
  coalesce(sum(n) FILTER (NOT filler AND regexp_full_match(v, '.*[0-9]:[0-9].*')), 0) AS with_time,
  coalesce(sum(n) FILTER (NOT filler AND contains(v, ';')), 0) AS with_semicolon,
  coalesce(max(TRY_CAST(v AS BIGINT)) FILTER (NOT filler AND as_integer(v) IS NOT NULL), 0) AS largest,
  coalesce(min(TRY_CAST(v AS BIGINT)) FILTER (NOT filler AND as_integer(v) IS NOT NULL), 0) AS smallest
FROM told
