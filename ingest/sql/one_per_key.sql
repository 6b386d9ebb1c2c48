-- Several records of one agency may speak of one place. The row kept does not depend on their order.
-- Each feed and agency keeps a row of its own: which of them a view may hold is decided there.
FROM shared_rows
QUALIFY row_number() OVER (PARTITION BY __key, feed, agency_id ORDER BY CAST(shared_rows AS VARCHAR)) = 1
