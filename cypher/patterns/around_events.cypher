// name: around_events
// question: Were there more incidents of the chosen category around an event than on the same weekdays before and after?
// roles: investigator, analyst
// param: category: string = "trafficking"
// label: category: Category of the problem pack
// param: event_kind: string = ""
// param: days: integer = 3
// param: weeks: integer = 8
// label: event_kind: Kind of event (empty: all)
// label: days: Days before and after
// label: weeks: Weeks of comparison on each side
// returns: event: string
// returns: kind: string
// returns: locality: string
// returns: starts_on: date
// returns: in_window: integer
// returns: expected: float
// returns: baseline_windows: integer
// returns: highest_baseline: integer
// timeout_s: 20
// rendering: table
// note: The baseline is the same days of the weeks around. Most events show no effect; with many events some exceed their baseline by chance. Police operations cluster on events by design.
MATCH (e:Event)-[:HELD_IN]->(l:Locality)
WHERE e.starts_on IS NOT NULL AND ($event_kind = "" OR e.kind = $event_kind)
WITH e, l, coalesce(e.ends_on, e.starts_on) AS ends_on
UNWIND range(-$weeks, $weeks) AS week
WITH e, l, week, e.starts_on + duration({days: 7 * week - $days}) AS first_on,
     ends_on + duration({days: 7 * week + $days}) AS last_on,
     e.starts_on - duration({days: $days}) AS event_first,
     ends_on + duration({days: $days}) AS event_last
WHERE week = 0 OR last_on < event_first OR first_on > event_last
CALL (l, first_on, last_on) {
  MATCH (i:Incident)-[:IN]->(l)
  WHERE $category IN i.categories AND i.kind = 'incident'
    AND i.occurred_on >= first_on AND i.occurred_on <= last_on
  RETURN count(i) AS incidents
}
WITH e, l, sum(CASE WHEN week = 0 THEN incidents ELSE 0 END) AS in_window,
     avg(CASE WHEN week <> 0 THEN incidents END) AS expected,
     count(CASE WHEN week <> 0 THEN 1 END) AS baseline_windows,
     max(CASE WHEN week <> 0 THEN incidents END) AS highest_baseline
RETURN e.name AS event, e.kind AS kind, coalesce(l.name, l.locality_id) AS locality,
       e.starts_on AS starts_on, in_window AS in_window, round(expected, 2) AS expected,
       baseline_windows AS baseline_windows, highest_baseline AS highest_baseline
ORDER BY in_window - expected DESC, starts_on, e.event_key
LIMIT 500
