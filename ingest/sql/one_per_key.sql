-- Several records may speak of one place or agency. The row kept does not depend on their order.
FROM shared_rows
QUALIFY row_number() OVER (PARTITION BY __key ORDER BY CAST(shared_rows AS VARCHAR)) = 1
