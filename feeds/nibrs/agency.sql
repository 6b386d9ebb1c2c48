SELECT ori AS agency_id_of,
       coalesce(arg_max(coalesce(pub_agency_name, ncic_agency_name), data_order), ori) AS name,
       arg_max(CASE WHEN agency_type_name = 'State Police' THEN 'state_police'
                    WHEN agency_type_name = 'City' THEN 'police'
                    WHEN agency_type_name = 'University or College' THEN 'university'
                    WHEN agency_type_name = 'County'
                      THEN CASE WHEN regexp_matches(upper(coalesce(pub_agency_name, '') || ' ' || coalesce(ncic_agency_name, '')), 'POLICE| PD\b')
                                THEN 'police' ELSE 'sheriff' END
                    ELSE 'other' END, data_order) AS kind,
       arg_max(agency_locality(ori, state_postal_abbr, county_name), data_order) AS locality_id,
       ori AS agency_id, max(delivery) AS delivery, CAST(NULL AS BIGINT) AS source_line
FROM (SELECT *, received * 1000000 + source_line AS data_order FROM agencies)
GROUP BY ori
