-- What a written value stands for. Every macro takes text and gives null for what it does not
-- accept; staging tells null-because-blank from null-because-wrong.
CREATE TEMP MACRO clean(v) AS nullif(trim(nfc_normalize(v), ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '');
CREATE TEMP MACRO squeezed(v) AS regexp_replace(clean(v), '\s+', ' ', 'g');
CREATE TEMP MACRO plausible(d) AS CASE WHEN d BETWEEN DATE '1850-01-01' AND DATE '2100-12-31' THEN d END;

-- ``kept_<kind>`` takes text that ``clean`` or ``squeezed`` has seen, so that staging cleans a value
-- once; ``as_<kind>`` takes text as it was written.
CREATE TEMP MACRO kept_text(c) AS c;
CREATE TEMP MACRO kept_phone(c) AS c;
CREATE TEMP MACRO kept_plate(c) AS c;
CREATE TEMP MACRO kept_handle(c) AS c;
CREATE TEMP MACRO kept_upper(c) AS upper(c);
CREATE TEMP MACRO kept_integer(c) AS
  CASE WHEN regexp_full_match(c, '[+-]?[0-9]{1,18}') THEN TRY_CAST(c AS BIGINT) END;
CREATE TEMP MACRO kept_decimal(c) AS
  CASE WHEN regexp_full_match(c, '[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,2})?', 'i')
       THEN TRY_CAST(c AS DOUBLE) END;
CREATE TEMP MACRO kept_flag(c) AS
  CASE WHEN lower(c) IN ('t', 'true', 'y', 'yes', '1') THEN true
       WHEN lower(c) IN ('f', 'false', 'n', 'no', '0') THEN false END;
CREATE TEMP MACRO kept_iso_date(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+Z?)?')
       THEN plausible(TRY_CAST(left(c, 10) AS DATE)) END;
CREATE TEMP MACRO kept_us_date(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')
       THEN plausible(CAST(try_strptime(c, '%m/%d/%Y') AS DATE)) END;
CREATE TEMP MACRO kept_nibrs_date(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{2}-[A-Za-z]{3}-[0-9]{2}')
       THEN CAST(try_strptime(c, '%d-%b-%y') AS DATE)
       ELSE kept_iso_date(c) END;
CREATE TEMP MACRO kept_year(c) AS
  CASE WHEN regexp_full_match(c, '(18[5-9]|19[0-9]|20[0-9])[0-9]') THEN c END;
CREATE TEMP MACRO kept_iso_date_or_year(c) AS coalesce(CAST(kept_iso_date(c) AS VARCHAR), kept_year(c));
CREATE TEMP MACRO kept_us_date_or_year(c) AS
  coalesce(CAST(kept_us_date(c) AS VARCHAR), CAST(kept_iso_date(c) AS VARCHAR), kept_year(c));
-- Most times are in DuckDB's own form, which is quicker to see than the pattern.
CREATE TEMP MACRO kept_timestamp(c) AS
  CASE WHEN CAST(TRY_CAST(c AS TIMESTAMP) AS VARCHAR) = replace(c, 'T', ' ')
       THEN CASE WHEN plausible(CAST(TRY_CAST(c AS TIMESTAMP) AS DATE)) IS NOT NULL
                 THEN TRY_CAST(c AS TIMESTAMP) END
       WHEN regexp_full_match(c, '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?')
       THEN CASE WHEN plausible(TRY_CAST(left(c, 10) AS DATE)) IS NOT NULL
                 THEN TRY_CAST(c AS TIMESTAMP) END END;
CREATE TEMP MACRO kept_age_range(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{1,3}(\s*-\s*[0-9]{1,3})?') THEN c END;
CREATE TEMP MACRO kept_ori(c) AS
  CASE WHEN regexp_full_match(upper(c), '[A-Z]{2}[A-Z0-9]{7}') THEN upper(c) END;
CREATE TEMP MACRO kept_zip(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{5}(-?[0-9]{4})?') THEN left(c, 5) END;
CREATE TEMP MACRO kept_fips(c) AS CASE WHEN regexp_full_match(c, '[0-9]{5}') THEN c END;
CREATE TEMP MACRO kept_locality(c) AS c;
CREATE TEMP MACRO nonempty(items) AS
  CASE WHEN len(items) > 0 THEN items END;
CREATE TEMP MACRO kept_names(c) AS
  nonempty(list_filter(list_transform(string_split(c, ';'), lambda item: squeezed(item)), lambda item: item IS NOT NULL));
CREATE TEMP MACRO only_array(v) AS
  CASE WHEN json_type(CASE WHEN json_valid(v) THEN v END) = 'ARRAY' THEN v END;
CREATE TEMP MACRO kept_list(c) AS
  nonempty(list_filter(list_transform(from_json(only_array(c), '["VARCHAR"]'), lambda item: squeezed(item)), lambda item: item IS NOT NULL));

CREATE TEMP MACRO as_upper(v) AS kept_upper(squeezed(v));
CREATE TEMP MACRO as_integer(v) AS kept_integer(clean(v));
CREATE TEMP MACRO as_decimal(v) AS kept_decimal(clean(v));
CREATE TEMP MACRO as_flag(v) AS kept_flag(clean(v));
CREATE TEMP MACRO as_iso_date(v) AS kept_iso_date(clean(v));
CREATE TEMP MACRO as_us_date(v) AS kept_us_date(clean(v));
CREATE TEMP MACRO as_nibrs_date(v) AS kept_nibrs_date(clean(v));
CREATE TEMP MACRO as_year(v) AS kept_year(clean(v));
CREATE TEMP MACRO as_iso_date_or_year(v) AS kept_iso_date_or_year(clean(v));
CREATE TEMP MACRO as_us_date_or_year(v) AS kept_us_date_or_year(clean(v));
CREATE TEMP MACRO as_timestamp(v) AS kept_timestamp(clean(v));
CREATE TEMP MACRO as_age_range(v) AS kept_age_range(clean(v));
CREATE TEMP MACRO as_ori(v) AS kept_ori(clean(v));
CREATE TEMP MACRO as_zip(v) AS kept_zip(clean(v));
CREATE TEMP MACRO as_fips(v) AS kept_fips(clean(v));

-- What transforms make of accepted values.
CREATE TEMP MACRO full_date(v) AS CASE WHEN length(v) = 10 THEN CAST(v AS DATE) END;
CREATE TEMP MACRO year_of(v) AS CAST(left(v, 4) AS SMALLINT);
CREATE TEMP MACRO age_low(v) AS CAST(trim(split_part(v, '-', 1)) AS SMALLINT);
CREATE TEMP MACRO age_high(v) AS
  CAST(trim(CASE WHEN contains(v, '-') THEN split_part(v, '-', 2) ELSE v END) AS SMALLINT);
-- Completed years between two days.
CREATE TEMP MACRO age_on(born, day) AS CAST(date_diff('year', born, day)
  - CASE WHEN (month(day), day(day)) < (month(born), day(born)) THEN 1 ELSE 0 END AS SMALLINT);
-- Plates: state:PLATE; a bare plate is Virginia's; '?' stands for a sign that was not read.
CREATE TEMP MACRO plate(v) AS
  CASE WHEN regexp_full_match(upper(clean(v)), '[A-Z]{2}:.*')
       THEN left(upper(clean(v)), 3) || nullif(regexp_replace(substr(upper(clean(v)), 4), '[^A-Z0-9?]', '', 'g'), '')
       ELSE 'VA:' || nullif(regexp_replace(upper(clean(v)), '[^A-Z0-9?]', '', 'g'), '') END;
CREATE TEMP MACRO handle(v) AS nullif(regexp_replace(ltrim(lower(clean(v)), '@'), '\s+', '', 'g'), '');
-- An address as a contact point: without the ZIP code, which some agencies record and some do not.
CREATE TEMP MACRO address_of(line, city) AS
  CASE WHEN line IS NOT NULL THEN concat_ws(', ', line, city) END;
CREATE TEMP MACRO city_of(locality) AS regexp_replace(as_upper(locality), ' (COUNTY|CITY)$', '');
CREATE TEMP MACRO just(v) AS CASE WHEN v IS NOT NULL THEN [v] END;

-- Why an accepted value stands for nothing, by its kind; null where it stands for something. A number
-- with four digits is at least a part of one, so that the library is asked about the others alone.
CREATE TEMP MACRO value_note(kind, v) AS
  CASE kind WHEN 'phone' THEN CASE WHEN length(regexp_replace(v, '[^0-9]', '', 'g')) < 4 AND phone_e164(v) IS NULL
                                   THEN 'is no telephone number, so none is taken' END
            WHEN 'plate' THEN CASE WHEN plate(v) IS NULL THEN 'is no plate, so none is taken' END
            WHEN 'handle' THEN CASE WHEN handle(v) IS NULL THEN 'is no handle, so none is taken' END
            ELSE locality_note(v) END;

-- A place is the same place when name, address and locality are, letters and digits compared.
CREATE TEMP MACRO place_part(v) AS coalesce(regexp_replace(regexp_replace(as_upper(v), '[^A-Z0-9 ]', '', 'g'), '\s+', ' ', 'g'), '');
CREATE TEMP MACRO location_key(place, address, locality) AS
  CASE WHEN place IS NOT NULL OR address IS NOT NULL
       THEN record_key(['location', place_part(place), place_part(address), coalesce(locality, '')]) END;

-- Contact points of the temporary table ``mention`` (kind, written, record_key, incident_key,
-- used_on, agency_id, delivery, source_line), which a feed's prepare.sql makes: normalised, once per
-- record, incident and value.
CREATE TEMP MACRO contact_value(kind, written) AS
  CASE kind WHEN 'phone' THEN coalesce(phone_e164(written), phone_partial(written))
            WHEN 'vehicle' THEN plate(written)
            WHEN 'handle' THEN handle(written)
            WHEN 'address' THEN as_upper(written) END;
CREATE TEMP TABLE mention (kind VARCHAR, written VARCHAR, record_key VARCHAR, incident_key VARCHAR,
  used_on DATE, agency_id VARCHAR, delivery VARCHAR, source_line BIGINT);
CREATE TEMP MACRO contact_rows() AS TABLE
  SELECT record_key(['contact_mention', coalesce(record_key, incident_key), kind, value]) AS contact_mention_key,
         record_key(['contact_point', kind, value]) AS contact_point_key, kind, value,
         (kind = 'phone' AND phone_e164(written) IS NULL) OR (kind = 'vehicle' AND contains(value, '?')) AS partial,
         record_key, incident_key, used_on, agency_id, delivery, source_line
  FROM (SELECT *, contact_value(kind, written) AS value FROM mention)
  WHERE value IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY contact_mention_key ORDER BY used_on, source_line) = 1;
