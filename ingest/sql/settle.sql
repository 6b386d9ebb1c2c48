-- Which staged rows fall out, and why. ``child``, ``parent`` and ``keyed`` are views that staging
-- puts in place for one file at a time; every statement is run by its name.

-- name: tables
CREATE TABLE quarantined (kind VARCHAR, delivery VARCHAR, file VARCHAR, source_line BIGINT, field VARCHAR, reason VARCHAR);
CREATE TABLE dropped (kind VARCHAR, delivery VARCHAR, file VARCHAR, source_line BIGINT);
CREATE TABLE superseded (kind VARCHAR, delivery VARCHAR, file VARCHAR, source_line BIGINT);
CREATE TABLE withdrawn (kind VARCHAR, delivery VARCHAR, file VARCHAR, source_line BIGINT);

-- name: quarantine_checked
INSERT INTO quarantined SELECT $kind, delivery, file, source_line, __field, __reason FROM checked WHERE __reason IS NOT NULL;

-- name: quarantine_faulty
INSERT INTO quarantined SELECT $kind, delivery, file, source_line, field, reason FROM faulty;

-- name: without_parent
CREATE OR REPLACE TEMP TABLE orphan AS
SELECT DISTINCT c.delivery, c.file, c.source_line, c.ref, false AS parent_is_superseded
FROM child c
WHERE c.ref IS NOT NULL
  AND NOT EXISTS (FROM parent p WHERE p.delivery = c.delivery AND p.ref = c.ref)
  AND NOT EXISTS (FROM dropped d WHERE d.kind = $kind AND d.delivery = c.delivery AND d.file = c.file AND d.source_line = c.source_line);

-- name: orphans_of_superseded
UPDATE orphan SET parent_is_superseded = true
WHERE EXISTS (FROM parent_superseded s WHERE s.delivery = orphan.delivery AND s.ref = orphan.ref);

-- name: drop_orphans
INSERT INTO superseded SELECT $kind, delivery, file, source_line FROM orphan WHERE parent_is_superseded;
INSERT INTO quarantined SELECT $kind, delivery, file, source_line, $field, $reason FROM orphan WHERE NOT parent_is_superseded;
INSERT INTO dropped SELECT $kind, delivery, file, source_line FROM orphan;

-- ``shared`` are the hashes that several keys have; keys that differ and share one are told apart.
-- name: superseded
CREATE OR REPLACE TEMP TABLE older AS
SELECT delivery, file, source_line FROM keyed k SEMI JOIN shared USING (key_hash)
WHERE NOT EXISTS (FROM dropped d WHERE d.kind = $kind AND d.delivery = k.delivery AND d.file = k.file AND d.source_line = k.source_line)
QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC NULLS LAST, received DESC, file DESC, source_line DESC) > 1;

-- name: replaced
CREATE OR REPLACE TEMP TABLE older AS
SELECT DISTINCT k.delivery, k.file, k.source_line FROM keyed k JOIN covered c ON c.delivery = k.delivery AND c.part = k.part;

-- name: count_rows
SELECT *, count(*) FROM scope_rows GROUP BY ALL ORDER BY ALL;

-- name: drop_superseded
INSERT INTO superseded SELECT $kind, delivery, file, source_line FROM older;
INSERT INTO dropped SELECT $kind, delivery, file, source_line FROM older;

-- The newest row of a key takes the record back: it leaves no row, nor do the older ones.
-- name: drop_withdrawn
INSERT INTO withdrawn SELECT $kind, delivery, file, source_line FROM leaving;
INSERT INTO dropped SELECT kind, delivery, file, source_line FROM withdrawn WHERE kind = $kind;

-- name: drop_ruled_out
INSERT INTO quarantined SELECT kind, delivery, file, source_line, field, reason FROM ruled_out
QUALIFY row_number() OVER (PARTITION BY kind, delivery, file, source_line ORDER BY field, reason) = 1;
INSERT INTO dropped SELECT DISTINCT kind, delivery, file, source_line FROM ruled_out;

-- name: fates
SELECT fate, delivery, file, reason, count(*) FROM (
  SELECT 'quarantined' AS fate, delivery, file, CASE WHEN field IS NULL THEN reason ELSE field || ' ' || reason END AS reason FROM quarantined
  UNION ALL SELECT 'superseded', delivery, file, NULL FROM superseded
  UNION ALL SELECT 'withdrawn', delivery, file, NULL FROM withdrawn)
GROUP BY ALL ORDER BY ALL;

-- name: notes
WITH by_name AS (SELECT delivery, file, written, count(*) AS n FROM written_values WHERE written IS NOT NULL GROUP BY ALL),
told AS MATERIALIZED (SELECT written, value_note($kind, written) AS note FROM (SELECT DISTINCT written FROM by_name))
SELECT delivery, file, note, CAST(sum(n) AS BIGINT) FROM by_name JOIN told USING (written) WHERE note IS NOT NULL GROUP BY ALL ORDER BY ALL;

-- name: latest
SELECT delivery, max(day) FROM days GROUP BY delivery ORDER BY delivery;
