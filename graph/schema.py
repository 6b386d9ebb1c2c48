"""The graph's labels, relationship types, properties and keys, declared once.

Guarantees: import files, constraints, full-text indexes, the reader's keys and docs/graph.md are
all made from these declarations; names are fixed identifiers, never data. Every key and id is the
view's own. Persons' names are in no index: they are searched in the view's search index only.
"""

from __future__ import annotations

from typing import Final

from graph.elements import (
    FullTextIndex,
    NodeType,
    Property,
    PropertyType,
    RangeIndex,
    RelationshipType,
)


def _text(name: str, doc: str) -> Property:
    return Property(name, PropertyType.STRING, doc)


def _texts(name: str, doc: str) -> Property:
    return Property(name, PropertyType.STRINGS, doc)


def _whole(name: str, doc: str) -> Property:
    return Property(name, PropertyType.INTEGER, doc)


def _float(name: str, doc: str) -> Property:
    return Property(name, PropertyType.FLOAT, doc)


def _date(name: str, doc: str) -> Property:
    return Property(name, PropertyType.DATE, doc)


def _truth(name: str, doc: str) -> Property:
    return Property(name, PropertyType.BOOLEAN, doc)


_EVIDENCE: Final = _texts("record_keys", "the records that say so, sorted")

PERSON: Final = NodeType(
    "Person",
    _text("person_id", "the resolved person's id in this view"),
    (
        _text("display_name", "best shown name (whole, frequent, complete); absent: use the id"),
        _text("given_name", "of that name"),
        _text("surname", "of that name"),
        _date("birth_date", "most frequent shown date"),
        _whole("birth_year", "most frequent shown year"),
        _text("age_band", "the pack's band, e.g. 15-17, at the latest record that tells one"),
        _text("sex", "M, F, X: most frequent"),
        _text("race", "NIBRS race code: most frequent"),
        _text("ethnicity", "NIBRS ethnicity code: most frequent"),
        _texts("roles", "roles of the person's records, sorted"),
        _whole("records", "number of records"),
    ),
    "One resolved person: what the view's records, taken together, refer to.",
)

RECORD: Final = NodeType(
    "Record",
    _text("record_key", "the mention's key in this view"),
    (
        _text("feed", "feed id"),
        _text("agency_id", "agency that holds the record"),
        _text("role", "as in the record: victim, arrestee, missing_child, client, petitioner ..."),
        _text("source_id", "the agency's own number"),
        _text("display_name", "name as recorded"),
        _text("given_name", "as recorded"),
        _text("surname", "as recorded"),
        _date("birth_date", "as recorded"),
        _whole("birth_year", "as recorded"),
        _whole("age_low_years", "age at observed_on, or lower end; from birth_date if not stated"),
        _whole("age_high_years", "upper end; equal to the lower for an age"),
        _text("age_band", "the pack's band that holds that age, if one does"),
        _text("sex", "M, F, X"),
        _text("race", "NIBRS race code"),
        _text("ethnicity", "NIBRS ethnicity code"),
        _text("resident_status", "NIBRS R or N: of the town of the offense; not for offenders"),
        _date("observed_on", "the day that the record speaks of"),
        _text("locality_id", "locality of the address"),
    ),
    "One mention of one person in one agency record: the evidence.",
)

INCIDENT: Final = NodeType(
    "Incident",
    _text("incident_key", "the resolved incident's id in this view"),
    (
        _text("kind", "incident (police) or tip (hotline)"),
        _text("incident_number", "of its fullest report; the others' are in incident_numbers"),
        _texts("incident_numbers", "every report's own number, sorted"),
        _whole("reports", "number of reports that are taken to be of it"),
        _float(
            "weakest_probability",
            "least of its reports' match probabilities; absent for a single report",
        ),
        _date("occurred_on", "day of the incident; the report's day where date_is_report"),
        _whole("occurred_hour", "0 to 23"),
        _date("reported_on", "day of the report"),
        _truth("date_is_report", "true: occurred_on is the report's date"),
        _text("agency_id", "agency that holds its fullest report; all of them: REPORTED_BY"),
        _text("locality_id", "where"),
        _texts("offense_codes", "NIBRS codes of its offenses, sorted"),
        _texts("categories", "categories of the problem pack, sorted"),
        _text("summary", "short text without names"),
    ),
    "One resolved incident, or one tip: what its reports, taken together, speak of. Where they "
    "differ, the fullest report's word stands here, and each one's own on its Report.",
)

REPORT: Final = NodeType(
    "Report",
    _text("report_key", "the report's key in this view"),
    (
        _text("feed", "feed id"),
        _text("agency_id", "agency that holds it"),
        _text("kind", "incident (police) or tip (hotline)"),
        _text("incident_number", "the agency's own number"),
        _date("occurred_on", "as reported"),
        _whole("occurred_hour", "0 to 23, as reported"),
        _truth("date_is_report", "true: occurred_on is the report's date"),
        _date("reported_on", "day of the report"),
        _text("locality_id", "where, as reported"),
        _text("place", "name or address of the place, as reported"),
        _texts("offense_codes", "NIBRS codes of its offenses, sorted"),
        _text("summary", "as reported"),
    ),
    "One report of one incident by one agency's system: the evidence.",
)

OFFENSE: Final = NodeType(
    "Offense",
    _text("offense_key", "the offense's key in this view"),
    (
        _text("offense_code", "NIBRS code, e.g. 64A"),
        _text("name", "what the code means"),
        _truth("attempted", "true: attempted; false: completed"),
        _text("location_code", "NIBRS location type"),
        _texts("categories", "categories of the problem pack, sorted"),
    ),
    "One offense of one incident, whichever of its reports name it.",
)

LOCATION: Final = NodeType(
    "Location",
    _text("location_key", "the place's key in this view"),
    (
        _text("name", "name of the place"),
        _text("location_code", "NIBRS location type"),
        _text("address_line", "street address"),
        _text("city", "city"),
        _text("locality_id", "locality"),
    ),
    "A named or addressed place.",
)

LOCALITY: Final = NodeType(
    "Locality",
    _text("locality_id", "FIPS code, or <state>:<COUNTY NAME>"),
    (
        _text("name", "name"),
        _text("kind", "county or city (independent)"),
        _whole("population", "residents, where known"),
    ),
    "A county or independent city that a visible row names.",
)

EVENT: Final = NodeType(
    "Event",
    _text("event_key", "the event's key in this view"),
    (
        _text("name", "name"),
        _text("kind", "sport, conference, concert, festival, fair, operation, other"),
        _date("starts_on", "first day"),
        _date("ends_on", "last day"),
        _whole("attendance", "expected or counted people"),
    ),
    "A public event, or a police operation.",
)

ARREST: Final = NodeType(
    "Arrest",
    _text("arrest_key", "the arrest's key in this view"),
    (
        _date("arrested_on", "day"),
        _text("arrest_type", "NIBRS O, S, T"),
        _text("offense_code", "what the arrest was for; may differ from the incident's offenses"),
    ),
    "One arrest: a person's arrests on one day for one incident are one.",
)

DRUG_SEIZURE: Final = NodeType(
    "DrugSeizure",
    _text("seizure_key", "the seizure's key in this view"),
    (
        _text("drug_code", "NIBRS suspected drug code"),
        _text("drug_name", "what the code means"),
        _text("substance", "what a laboratory found"),
        _float("quantity", "in measure_code units"),
        _text("measure_code", "NIBRS measure, e.g. GM"),
        _truth("confirmed", "true: by laboratory; false: suspected"),
    ),
    "Drugs seized in, or analysed for, an incident. They hang on the incident, not on a person.",
)

MISSING_EPISODE: Final = NodeType(
    "MissingEpisode",
    _text("episode_key", "the episode's key in this view"),
    (
        _text("case_number", "the clearinghouse's number"),
        _date("missing_from_on", "day of last contact"),
        _date("found_on", "day it ended; absent: still missing"),
        _truth("is_open", "true: still missing"),
        _text("circumstance", "runaway, family_abduction, nonfamily_abduction, lost_injured ..."),
        _text("missing_from_type", "home, foster, group_home, shelter, detention ..."),
        _text("exit_reason", "how it ended"),
        _text("found_with", "unrelated_adult, adult_relative, peer, alone, unknown"),
        _whole("age_at_entry_years", "age on missing_from_on"),
    ),
    "One time that one child was missing. An episode is not a child.",
)

CONTACT_POINT: Final = NodeType(
    "ContactPoint",
    _text("contact_point_key", "the contact point's key in this view"),
    (
        _text("kind", "phone, vehicle, handle, email, address"),
        _text("value", "the number, plate, handle or address"),
        _truth("partial", "true: incomplete as recorded"),
    ),
    "A phone, vehicle, online handle, e-mail or address.",
)

AGENCY: Final = NodeType(
    "Agency",
    _text("agency_id", "ORI or short code"),
    (
        _text("name", "name"),
        _text("kind", "police, sheriff, lab, social_services, clearinghouse, hotline ..."),
    ),
    "An agency that holds a visible row.",
)

NODES: Final = (
    PERSON,
    RECORD,
    INCIDENT,
    REPORT,
    OFFENSE,
    LOCATION,
    LOCALITY,
    EVENT,
    ARREST,
    DRUG_SEIZURE,
    MISSING_EPISODE,
    CONTACT_POINT,
    AGENCY,
)

_DERIVED: Final = _truth("derived", "always true: computed, not recorded")


def _party(name: str, doc: str) -> RelationshipType:
    return RelationshipType(name, "Person", "Incident", (_EVIDENCE,), doc)


RELATIONSHIPS: Final = (
    RelationshipType(
        "REFERS_TO",
        "Record",
        "Person",
        (
            _float("probability", "match probability of the record's best link; 1 if it is alone"),
            _float("weight", "log2 match weight of that link; absent if it is alone"),
        ),
        "The record is taken to speak of the person.",
    ),
    RelationshipType("REPORTED_BY", "Record", "Agency", (), "The agency holds the record."),
    RelationshipType(
        "REPORTS",
        "Report",
        "Incident",
        (
            _float("probability", "match probability of the report's best link; 1 if it is alone"),
            _float("weight", "log2 match weight of that link; absent if it is alone"),
        ),
        "The report is taken to be of the incident.",
    ),
    RelationshipType("REPORTED_BY", "Report", "Agency", (), "The agency holds the report."),
    RelationshipType("REPORTED_BY", "Incident", "Agency", (), "The agency holds a report of it."),
    _party("VICTIM_IN", "The person was a victim in the incident."),
    _party("OFFENDER_IN", "The person was a recorded offender in the incident."),
    _party("ARRESTED_IN", "The person was arrested for the incident."),
    _party("SUBJECT_OF", "The incident or tip names the person in another role."),
    RelationshipType("HAS_OFFENSE", "Incident", "Offense", (), "The offense is of the incident."),
    RelationshipType("AT", "Incident", "Location", (), "It happened at the place."),
    RelationshipType("IN", "Incident", "Locality", (), "It happened in the locality."),
    RelationshipType("IN", "Location", "Locality", (), "The place lies in the locality."),
    RelationshipType("SEIZED", "Incident", "DrugSeizure", (), "The drugs belong to the incident."),
    RelationshipType("ARRESTED", "Person", "Arrest", (_EVIDENCE,), "The person was arrested."),
    RelationshipType("FOR", "Arrest", "Incident", (), "The arrest was made for the incident."),
    RelationshipType("HAD", "Person", "MissingEpisode", (_EVIDENCE,), "The child was missing."),
    RelationshipType("LAST_SEEN_IN", "MissingEpisode", "Locality", (), "Where last seen."),
    RelationshipType("FOUND_IN", "MissingEpisode", "Locality", (), "Where found."),
    RelationshipType(
        "PLACED_IN",
        "Person",
        "Locality",
        (
            _text("kind", "foster, group_home, kinship, residential, shelter, detention"),
            _text("facility", "name of the facility; absent for a family"),
            _date("started_on", "first day"),
            _date("ended_on", "last day; absent: still there"),
            _text("end_reason", "how it ended"),
        ),
        "A stay in care or custody, one relationship a stay; stays without locality are not here.",
    ),
    RelationshipType("HELD_IN", "Event", "Locality", (), "The event is held in the locality."),
    RelationshipType(
        "USED",
        "Person",
        "ContactPoint",
        (
            _EVIDENCE,
            _date("first_on", "earliest recorded use"),
            _date("last_on", "latest recorded use"),
            _whole("mentions", "number of mentions"),
        ),
        "The person's records name the contact point.",
    ),
    RelationshipType(
        "MENTIONS",
        "Incident",
        "ContactPoint",
        (_date("used_on", "latest recorded use"),),
        "The incident or tip names the contact point.",
    ),
    RelationshipType(
        "VICTIM_WAS",
        "Person",
        "Person",
        (
            _text("relationship_code", "NIBRS code, e.g. CH: the start was child of the end"),
            _text("incident_key", "in which incident"),
            _EVIDENCE,
        ),
        "What the victim (start) was of the offender (end).",
    ),
    RelationshipType(
        "CO_OFFENDED",
        "Person",
        "Person",
        (_DERIVED, _texts("incident_keys", "the incidents, sorted")),
        "Both were offenders or arrestees of one incident; smaller id to larger.",
        derived=True,
    ),
    RelationshipType(
        "SHARES_CONTACT",
        "Person",
        "Person",
        (_DERIVED, _texts("contact_point_keys", "the contact points, sorted")),
        "Both used one complete contact point that few persons use; smaller id to larger.",
        derived=True,
    ),
)

FULL_TEXT: Final = (
    FullTextIndex("incident_text", "Incident", ("incident_numbers", "summary")),
    FullTextIndex("location_text", "Location", ("name", "address_line")),
    FullTextIndex("contact_text", "ContactPoint", ("value",)),
    FullTextIndex("event_text", "Event", ("name",)),
)

RANGE: Final = (
    RangeIndex("incident_occurred_on", "Incident", "occurred_on"),
    RangeIndex("episode_missing_from_on", "MissingEpisode", "missing_from_on"),
    RangeIndex("offense_code", "Offense", "offense_code"),
)

BY_LABEL: Final = {node.label: node for node in NODES}
