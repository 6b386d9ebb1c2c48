CREATE TEMP TABLE analysed AS
SELECT *, record_key(['incident', submitting_ori, agency_case_number]) AS incident_key,
       CAST(item AS VARCHAR) AS item_text
FROM item;
