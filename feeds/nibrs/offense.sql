WITH activity AS (
  SELECT c.delivery, c.offense_id, list(DISTINCT t.criminal_act_code ORDER BY t.criminal_act_code) AS codes
  FROM nibrs_criminal_act c JOIN nibrs_criminal_act_type t USING (delivery, criminal_act_id) GROUP BY ALL),
using_ AS (
  SELECT c.delivery, c.offense_id, list(DISTINCT t.suspect_using_code ORDER BY t.suspect_using_code) AS codes
  FROM nibrs_suspect_using c JOIN nibrs_using_list t USING (delivery, suspect_using_id) GROUP BY ALL),
weapon AS (
  SELECT c.delivery, c.offense_id, list(DISTINCT t.weapon_code ORDER BY t.weapon_code) AS codes
  FROM nibrs_weapon c JOIN nibrs_weapon_type t USING (delivery, weapon_id) GROUP BY ALL),
bias AS (
  SELECT c.delivery, c.offense_id, list(DISTINCT t.bias_code ORDER BY t.bias_code) AS codes
  FROM nibrs_bias_motivation c JOIN nibrs_bias_list t USING (delivery, bias_id) GROUP BY ALL)
SELECT o.offense_key, o.incident_key, o.offense_code, o.attempted, o.location_code,
       activity.codes AS criminal_activity, using_.codes AS suspected_using, weapon.codes AS weapons,
       bias.codes AS biases, o.agency_id, o.delivery, o.source_line
FROM offense_of o
LEFT JOIN activity USING (delivery, offense_id)
LEFT JOIN using_ USING (delivery, offense_id)
LEFT JOIN weapon USING (delivery, offense_id)
LEFT JOIN bias USING (delivery, offense_id)
