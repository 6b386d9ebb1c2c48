"""What other stages may know of resolution: the tables that it reads of a view, and those of the
view's ``persons/`` folder.

All keys are the view's keys. Person ids are ``P`` and 15 digits of a keyed hash in base 32; they
are opaque, differ between views, and last (see the lineage table).
"""

from __future__ import annotations

from typing import Final

from ingest.contracts.tables import (
    ARREST,
    CONTACT_POINT,
    COURT_CHARGE,
    COURT_ORDER,
    DRUG_SEIZURE,
    INCIDENT,
    INVOLVEMENT,
    LOCATION,
    OFFENSE,
    PERSON_RECORD,
)
from runs.schema import Column, Table

MATCHED_FOR_PERSONS: Final = (PERSON_RECORD, COURT_ORDER, COURT_CHARGE, INCIDENT, CONTACT_POINT)
"""The tables whose values persons are compared by."""

MATCHED_FOR_INCIDENTS: Final = (
    INCIDENT,
    INVOLVEMENT,
    OFFENSE,
    LOCATION,
    ARREST,
    DRUG_SEIZURE,
    CONTACT_POINT,
    PERSON_RECORD,
)
"""The tables whose values incidents are compared by, besides the membership of persons."""

MATCHED: Final = tuple(dict.fromkeys((*MATCHED_FOR_PERSONS, *MATCHED_FOR_INCIDENTS)))
"""The tables that resolution wants of a view; no other is read."""

PERSON: Final = Table(
    "person",
    ("person_id",),
    (
        Column("person_id", "VARCHAR", "the person's id in this view"),
        Column("records", "INTEGER", "number of records"),
        Column(
            "weakest_match_weight",
            "DOUBLE",
            "log2 weight of the weakest link that holds the person "
            "together; null for a single record",
        ),
    ),
    "One resolved person of the view.",
)

MEMBERSHIP: Final = Table(
    "membership",
    ("record_key",),
    (
        Column("record_key", "VARCHAR", "the record", key_of="person_record"),
        Column("person_id", "VARCHAR", "the person that it refers to"),
        Column(
            "match_probability",
            "DOUBLE",
            "probability of the record's best link to another record "
            "of the person; 1 for a single record",
        ),
        Column("match_weight", "DOUBLE", "log2 weight of that link; null for a single record"),
    ),
    "Which record refers to which person: every person_record of the view, once.",
)

WATERFALL_TYPE: Final = (
    'STRUCT(comparison VARCHAR, "level" VARCHAR, match_weight DOUBLE, withheld BOOLEAN)[]'
)

LINK: Final = Table(
    "link",
    ("record_key_l", "record_key_r"),
    (
        Column("record_key_l", "VARCHAR", "the smaller key", key_of="person_record"),
        Column("record_key_r", "VARCHAR", "the larger key", key_of="person_record"),
        Column("match_weight", "DOUBLE", "log2 Bayes factor sum including the prior"),
        Column("match_probability", "DOUBLE", "0 to 1"),
        Column(
            "margin", "DOUBLE", "match_weight less the pair's threshold, in bits: what clusters"
        ),
        Column("same_person", "BOOLEAN", "both records ended in one person"),
        Column("needs_review", "BOOLEAN", "between the two thresholds, or in conflict"),
        Column(
            "review",
            "VARCHAR",
            "why: contradicted (decisions rule each other out), kept_apart (strong, yet two "
            "persons), uncertain (between the thresholds, two persons), held_inside (the same, "
            "one person through others); null where nobody has to look",
        ),
        Column(
            "waterfall",
            WATERFALL_TYPE,
            "first the prior, then each comparison's log2 weight; "
            "comparisons on values that the view does not show are one bar with withheld = true",
        ),
    ),
    "A scored pair that matters: inside a person, between the thresholds, or decided.",
)

LINEAGE: Final = Table(
    "lineage",
    ("person_id", "run_id", "change", "other_person_id"),
    (
        Column("person_id", "VARCHAR", "the id that the row speaks of"),
        Column("run_id", "VARCHAR", "the run in which it changed"),
        Column("change", "VARCHAR", "created, merged_into, split_from, retired, returned"),
        Column(
            "other_person_id", "VARCHAR", "merged into or split from; empty for the other changes"
        ),
    ),
    "What became of each id.",
)

VICTIM_ROLES: Final = frozenset({"victim"})
OFFENDER_ROLES: Final = frozenset({"offender", "arrestee", "defendant"})
"""Roles of person_record: who stands on which side of a crime. Two people must agree before a
decision joins the one with the other."""

REVIEW: Final = Table(
    "review",
    ("place",),
    (
        Column("place", "INTEGER", "place in the queue, from 1"),
        Column("pair", "VARCHAR", "the pair's name: 20 digits, see resolution.review.pair_name"),
        Column("record_key_l", "VARCHAR", "the smaller key", key_of="person_record"),
        Column("record_key_r", "VARCHAR", "the larger key", key_of="person_record"),
        Column("review", "VARCHAR", "why somebody has to look, as in the link table"),
        Column("match_weight", "DOUBLE", "log2, as in the link table"),
        Column("match_probability", "DOUBLE", "0 to 1"),
        Column("person_l", "VARCHAR", "the person that holds the one record"),
        Column("person_r", "VARCHAR", "the person that holds the other; the same if held_inside"),
        Column("pairs", "INTEGER", "pairs of their records that are in review, this one included"),
        Column("records", "INTEGER", "records of the two persons"),
        Column("incidents", "INTEGER", "incidents that name either"),
        Column("episodes", "INTEGER", "times that either was missing"),
        Column(
            "case_incidents",
            "INTEGER",
            "incidents of the one that a missing case of the other would gain, or lose",
        ),
        Column("still_missing", "BOOLEAN", "either is a child whose episode has not ended"),
        Column("victim_offender", "BOOLEAN", "the one is a victim, the other an offender"),
        Column("child", "BOOLEAN", "either was under 18 in some record, or was missing"),
        Column("evidence", "VARCHAR", "changes when the comparison or either person does"),
    ),
    "What somebody has to look at: one pair for each two persons, the weightiest first.",
)

RESOLVED_INCIDENT: Final = Table(
    "resolved_incident",
    ("incident_id",),
    (
        Column("incident_id", "VARCHAR", "the incident's id in this view: I and 15 digits"),
        Column("reports", "INTEGER", "number of reports"),
        Column(
            "weakest_match_weight",
            "DOUBLE",
            "the least of its reports' best links (log2); null for a single report",
        ),
    ),
    "One resolved incident, or one tip, of the view.",
)

INCIDENT_MEMBERSHIP: Final = Table(
    "incident_membership",
    ("incident_key",),
    (
        Column("incident_key", "VARCHAR", "the report: a row of incident", key_of="incident"),
        Column("incident_id", "VARCHAR", "the incident that it reports"),
        Column(
            "match_probability",
            "DOUBLE",
            "probability of its best link to another report of the incident; 1 for a single one",
        ),
        Column("match_weight", "DOUBLE", "log2 weight of that link; null for a single report"),
    ),
    "Which report is of which incident: every incident row of the view, once.",
)

INCIDENT_LINK: Final = Table(
    "incident_link",
    ("incident_key_l", "incident_key_r"),
    (
        Column("incident_key_l", "VARCHAR", "the smaller key", key_of="incident"),
        Column("incident_key_r", "VARCHAR", "the larger key", key_of="incident"),
        Column("match_weight", "DOUBLE", "log2 Bayes factor sum, prior and rivals included"),
        Column("match_probability", "DOUBLE", "0 to 1"),
        Column("same_incident", "BOOLEAN", "both reports ended in one incident"),
        Column("doubtful", "BOOLEAN", "not joined, though it may be: above the review threshold"),
        Column(
            "waterfall",
            WATERFALL_TYPE,
            "first the prior, then each comparison's log2 weight and what rivals took away; what "
            "rests on values that the view does not show is one bar with withheld = true",
        ),
    ),
    "A scored pair of reports that matters: inside an incident, or in doubt.",
)

INCIDENT_LINEAGE: Final = Table(
    "incident_lineage",
    ("incident_id", "run_id", "change", "other_incident_id"),
    (
        Column("incident_id", "VARCHAR", "the id that the row speaks of"),
        Column("run_id", "VARCHAR", "the run in which it changed"),
        Column("change", "VARCHAR", "created, merged_into, split_from, retired"),
        Column(
            "other_incident_id", "VARCHAR", "merged into or split from; empty for other changes"
        ),
    ),
    "What became of each incident id.",
)

TABLES: Final = (
    PERSON,
    MEMBERSHIP,
    LINK,
    LINEAGE,
    REVIEW,
    RESOLVED_INCIDENT,
    INCIDENT_MEMBERSHIP,
    INCIDENT_LINK,
    INCIDENT_LINEAGE,
)

DECISION: Final = Table(
    "decision",
    ("record_key_l", "record_key_r"),
    (
        Column("record_key_l", "VARCHAR", "one record", key_of="person_record"),
        Column("record_key_r", "VARCHAR", "another record", key_of="person_record"),
        Column("verdict", "VARCHAR", "same or different; the latest decision on the pair"),
    ),
    "What people decided about pairs: a snapshot that a run takes, in the view's keys.",
)

INCIDENT_DECISION: Final = Table(
    "incident_decision",
    ("incident_key_l", "incident_key_r"),
    (
        Column("incident_key_l", "VARCHAR", "one report", key_of="incident"),
        Column("incident_key_r", "VARCHAR", "another report", key_of="incident"),
        Column("verdict", "VARCHAR", "same or different"),
    ),
    "What people decided about pairs of reports: a snapshot that a run takes, in the view's keys.",
)
