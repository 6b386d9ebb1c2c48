-- The clearinghouse's episodes, each in its last version, by what they are.
CREATE TABLE entry AS
SELECT * EXCLUDE (filename) FROM sent
QUALIFY row_number() OVER (PARTITION BY "Case Number" ORDER BY filename DESC) = 1;
CREATE TABLE measure AS
SELECT 'missing children by circumstance' AS measure, "Circumstance" AS category, count(*) AS n FROM entry GROUP BY ALL
UNION ALL
SELECT 'missing children by end', CASE WHEN "Exit Date" IS NULL THEN 'open' ELSE 'ended' END, count(*) FROM entry GROUP BY ALL;
