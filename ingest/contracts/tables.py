"""The records and facts that ingest writes and every later stage reads.

Guarantees: one declaration per table; the same tables, masked and with their keys encrypted, are
what a view's ``records/`` folder holds. Every table ends with the provenance columns.

Conventions: keys come from ``runs.keys.record_key``; code columns hold NIBRS codes (not ids);
``locality_id`` is a five-digit FIPS code, or ``<state postal>:<COUNTY NAME>`` outside the
localities whose FIPS we ship, or null when unknown or ambiguous; dates are dates, never text; null
means not recorded.
"""

from __future__ import annotations

from typing import Final

from runs.schema import Column, Table


def _key(table: str, doc: str, name: str | None = None) -> Column:
    return Column(name or f"{table}_key", "VARCHAR", doc, key_of=table)


def _personal(name: str, kind: str, doc: str) -> Column:
    return Column(name, kind, doc, personal=True)


PROVENANCE: Final = (
    Column("feed", "VARCHAR", "feed id: the folder name of its contract"),
    Column("agency_id", "VARCHAR", "agency that holds the row: ORI, or the publisher's short code"),
    Column("delivery", "VARCHAR", "SHA-256 of the delivery that the row came in"),
    Column("source_line", "BIGINT", "first physical line (or row) of the row in its file, from 1"),
    Column("retain_until", "DATE", "last day the row may be kept"),
    Column("legal_basis", "VARCHAR", "why it may be held, as its agreement names it"),
)
"""``delivery`` and ``source_line`` never enter a view: they depend on rows around the row."""


def _table(name: str, doc: str, *columns: Column) -> Table:
    return Table(name, (columns[0].name,), columns + PROVENANCE, doc)


PERSON_RECORD: Final = _table(
    "person_record",
    "One mention of one natural person in one agency record.",
    _key("person_record", "key of the mention", "record_key"),
    Column(
        "role",
        "VARCHAR",
        "victim, offender, arrestee, missing_child, client, subject, contact, student, "
        "defendant, petitioner, respondent, child, patient",
    ),
    _key("incident", "incident that the mention belongs to, if any"),
    Column("source_id", "VARCHAR", "the agency's own number for the case or entry"),
    _personal("given_name", "VARCHAR", "as recorded, trimmed"),
    _personal("middle_name", "VARCHAR", "as recorded"),
    _personal("surname", "VARCHAR", "as recorded"),
    _personal("name_suffix", "VARCHAR", "JR, SR, II ..."),
    _personal("aliases", "VARCHAR[]", "other full names and street names, as recorded"),
    _personal("birth_date", "DATE", "full date of birth"),
    _personal(
        "birth_year", "SMALLINT", "year of birth where the full date is not known, or from it"
    ),
    _personal("age_low_years", "SMALLINT", "age, or lower end of an age range, at observed_on"),
    _personal("age_high_years", "SMALLINT", "upper end of an age range; equal to low for an age"),
    Column("observed_on", "DATE", "the day that the record speaks of"),
    _personal("sex", "VARCHAR", "M, F, X or null"),
    _personal("race", "VARCHAR", "NIBRS race code W, B, I, A, P, or null"),
    _personal("ethnicity", "VARCHAR", "NIBRS ethnicity code H, N, or null"),
    Column(
        "resident_status", "VARCHAR", "NIBRS R or N: of the town of the offense, not citizenship"
    ),
    _personal("strong_id", "VARCHAR", "scheme:value of an identifier that is issued to one person"),
    _personal("phones", "VARCHAR[]", "E.164"),
    _personal("emails", "VARCHAR[]", "lower case"),
    _personal("handles", "VARCHAR[]", "site:name, lower case"),
    _personal("plates", "VARCHAR[]", "state:PLATE, upper case, no spaces"),
    _personal("address_line", "VARCHAR", "street address, upper case"),
    _personal("city", "VARCHAR", "upper case"),
    _personal("zip", "VARCHAR", "five digits"),
    Column("locality_id", "VARCHAR", "locality of the address"),
    Column(
        "household_protected",
        "BOOLEAN",
        "the address is a shelter or in the confidentiality "
        "programme: never shown, mapped or compared",
    ),
)

INCIDENT: Final = _table(
    "incident",
    "One report of one incident, or one tip.",
    _key("incident", "key('incident', ORI or issuer, incident number)"),
    Column("kind", "VARCHAR", "incident (police) or tip (hotline)"),
    Column("incident_number", "VARCHAR", "as the agency shows it"),
    Column("occurred_on", "DATE", "day of the incident; the report's day where date_is_report"),
    Column("occurred_hour", "SMALLINT", "0 to 23"),
    Column("date_is_report", "BOOLEAN", "true: occurred_on is the report's date"),
    Column("reported_on", "DATE", "day of the report or submission"),
    Column("locality_id", "VARCHAR", "where it happened, else the agency's locality"),
    _key("location", "place where it happened, if named"),
    Column("cleared_exceptionally", "VARCHAR", "NIBRS A-E; N = not cleared exceptionally"),
    Column("summary", "VARCHAR", "short free text, without names"),
)

INVOLVEMENT: Final = _table(
    "involvement",
    "One party of an incident, natural person or not.",
    _key("involvement", "key of the party; equals record_key for a natural person"),
    _key("incident", "the incident"),
    _key("person_record", "the person's record; null for business, society, unknown", "record_key"),
    Column("role", "VARCHAR", "victim, offender, arrestee, subject"),
    Column("sequence", "INTEGER", "sequence number in the incident; 0 = unknown offender"),
    Column("party_type", "VARCHAR", "NIBRS victim type (I, B, S ...); I for persons; U = unknown"),
)

OFFENSE: Final = _table(
    "offense",
    "One offense of one incident.",
    _key("offense", "key of the offense"),
    _key("incident", "the incident"),
    Column("offense_code", "VARCHAR", "NIBRS offense code, e.g. 64A"),
    Column("attempted", "BOOLEAN", "true: attempted, false: completed"),
    Column("location_code", "VARCHAR", "NIBRS location type, e.g. 14"),
    Column("criminal_activity", "VARCHAR[]", "NIBRS criminal activity and gang codes, sorted"),
    Column("suspected_using", "VARCHAR[]", "NIBRS codes A, C, D, N, sorted"),
    Column("weapons", "VARCHAR[]", "NIBRS weapon codes, sorted"),
    Column("biases", "VARCHAR[]", "NIBRS bias codes, sorted"),
)

VICTIM_OFFENSE: Final = _table(
    "victim_offense",
    "Which victim suffered which offense.",
    _key("victim_offense", "key of the pair"),
    _key("involvement", "the victim's involvement"),
    _key("offense", "the offense"),
    _key("incident", "the incident"),
)

RELATIONSHIP: Final = _table(
    "relationship",
    "What the victim WAS of the offender (NIBRS element 35).",
    _key("relationship", "key of the pair"),
    _key("involvement", "the victim's involvement", "victim_involvement_key"),
    _key("involvement", "the offender's involvement", "offender_involvement_key"),
    _key("incident", "the incident"),
    Column("relationship_code", "VARCHAR", "NIBRS code, e.g. CH: victim was child of the offender"),
)

LOCATION: Final = _table(
    "location",
    "A named or addressed place.",
    _key("location", "key('location', normalised name, address, locality)"),
    Column("name", "VARCHAR", "name of the place, e.g. of a hotel"),
    Column("location_code", "VARCHAR", "NIBRS location type"),
    Column("address_line", "VARCHAR", "street address, upper case"),
    Column("city", "VARCHAR", "upper case"),
    Column("zip", "VARCHAR", "five digits"),
    Column("locality_id", "VARCHAR", "locality"),
    Column("latitude", "DOUBLE", "degrees, WGS 84"),
    Column("longitude", "DOUBLE", "degrees, WGS 84"),
)

ARREST: Final = _table(
    "arrest",
    "One arrest.",
    _key("arrest", "key of the arrest"),
    _key("incident", "the incident, if any"),
    _key("person_record", "the arrestee's record", "record_key"),
    Column("arrested_on", "DATE", "day of arrest"),
    Column("arrest_type", "VARCHAR", "NIBRS O, S, T"),
    Column("offense_code", "VARCHAR", "what the arrest was for (element 45)"),
    Column("multiple_indicator", "VARCHAR", "NIBRS M, C, N: M must not be counted again"),
)

DRUG_SEIZURE: Final = _table(
    "drug_seizure",
    "Drugs seized in, or analysed for, an incident.",
    _key("drug_seizure", "key of the seizure"),
    _key("incident", "the incident"),
    Column("drug_code", "VARCHAR", "NIBRS suspected drug code A-P, U, X"),
    Column("substance", "VARCHAR", "substance that a laboratory found, upper case"),
    Column("quantity", "DOUBLE", "in measure_code units"),
    Column("measure_code", "VARCHAR", "NIBRS measure, e.g. GM"),
    Column("confirmed", "BOOLEAN", "true: by laboratory; false: suspected"),
    Column("analysed_on", "DATE", "day of the laboratory's report"),
)

EVENT: Final = _table(
    "event",
    "A public event, or a police operation.",
    _key("event", "key of the event"),
    Column("name", "VARCHAR", "name"),
    Column("kind", "VARCHAR", "sport, conference, concert, festival, fair, operation, other"),
    Column("starts_on", "DATE", "first day"),
    Column("ends_on", "DATE", "last day"),
    Column("locality_id", "VARCHAR", "where"),
    Column("venue", "VARCHAR", "where, by name"),
    Column("attendance", "INTEGER", "expected or counted people"),
)

MISSING_EPISODE: Final = _table(
    "missing_episode",
    "One time that one child was missing. An episode is not a child.",
    _key("missing_episode", "key of the episode", "episode_key"),
    _key("person_record", "the child's record in the same feed", "record_key"),
    Column("case_number", "VARCHAR", "the clearinghouse's number"),
    Column("missing_from_on", "DATE", "day of last contact"),
    Column("reported_on", "DATE", "day of the report"),
    Column("ncic_category", "VARCHAR", "EMJ juvenile, EME endangered, EMI involuntary ..."),
    Column(
        "circumstance",
        "VARCHAR",
        "runaway, family_abduction, nonfamily_abduction, lost_injured, unknown",
    ),
    Column(
        "missing_from_type",
        "VARCHAR",
        "home, foster, group_home, hospital, school, shelter, detention, unknown",
    ),
    Column("last_seen_locality_id", "VARCHAR", "where last seen"),
    Column("residence_locality_id", "VARCHAR", "where the child lives"),
    Column("reporting_agency_id", "VARCHAR", "ORI of the police that entered it"),
    Column("age_at_entry_years", "SMALLINT", "age on missing_from_on"),
    Column("found_on", "DATE", "day the episode ended; null = still missing"),
    Column(
        "exit_reason",
        "VARCHAR",
        "located_by_police, returned_on_own, returned_by_family, "
        "located_in_custody, located_in_hospital, found_deceased, record_invalid, aged_out",
    ),
    Column("found_locality_id", "VARCHAR", "where found"),
    Column("found_location_code", "VARCHAR", "NIBRS location type of the place"),
    Column("found_with", "VARCHAR", "unrelated_adult, adult_relative, peer, alone, unknown"),
    Column(
        "screening_result", "VARCHAR", "of the return interview: none, possible, likely, not_done"
    ),
    Column("notes", "VARCHAR", "clothing, marks and circumstances, as recorded"),
)

PLACEMENT: Final = _table(
    "placement",
    "A stay in care or custody.",
    _key("placement", "key of the placement"),
    _key("person_record", "the person's record in the same feed", "record_key"),
    Column("kind", "VARCHAR", "foster, group_home, kinship, residential, shelter, detention"),
    Column("facility", "VARCHAR", "name of the facility; null for a family"),
    Column("locality_id", "VARCHAR", "where"),
    Column("started_on", "DATE", "first day"),
    Column("ended_on", "DATE", "last day; null = still there"),
    Column("end_reason", "VARCHAR", "returned_home, moved, ran_away, aged_out, released, other"),
)

ENROLMENT: Final = _table(
    "enrolment",
    "A child's time on the roll of one school division.",
    _key("enrolment", "key of the enrolment"),
    _key("person_record", "the student's record in the same feed", "record_key"),
    Column("school", "VARCHAR", "name of the school, the last one in the division"),
    Column("locality_id", "VARCHAR", "the division's locality"),
    Column("enrolled_on", "DATE", "first day on the roll"),
    Column("withdrawn_on", "DATE", "day the child left the roll; null = still on it"),
    Column("withdrawal_reason", "VARCHAR", "moved, graduated, not_attending, other"),
    Column("chronic_absence", "BOOLEAN", "the division counts the child as chronically absent"),
)

ABSENCE: Final = _table(
    "absence",
    "A spell of at least three school days in a row on which a student was absent.",
    _key("absence", "key of the spell"),
    _key("person_record", "the student's record in the same feed", "record_key"),
    _key("enrolment", "the enrolment that it belongs to"),
    Column("kind", "VARCHAR", "excused, unexcused"),
    Column("began_on", "DATE", "first school day missed"),
    Column("ended_on", "DATE", "last school day missed; null = still absent"),
    Column("school_days", "SMALLINT", "school days missed so far"),
)

COURT_CHARGE: Final = _table(
    "court_charge",
    "One charge of one criminal case. A charge is no finding of guilt: see disposition.",
    _key("court_charge", "key of the charge"),
    _key("person_record", "the defendant's record in the same feed", "record_key"),
    _key("incident", "the police incident that the warrant names, if any"),
    Column("case_number", "VARCHAR", "the court's number; charges of one arrest share it"),
    Column("statute", "VARCHAR", "section of the Code of Virginia, e.g. 18.2-357.1"),
    Column("charge", "VARCHAR", "the charge in words, upper case"),
    Column("level", "VARCHAR", "felony or misdemeanor"),
    Column("locality_id", "VARCHAR", "the court's locality"),
    Column("offense_on", "DATE", "day of the offense as charged"),
    Column("filed_on", "DATE", "day of filing"),
    Column(
        "disposition",
        "VARCHAR",
        "guilty, not_guilty, dismissed, nolle_prosequi, vacated; null = pending",
    ),
    Column("disposed_on", "DATE", "day of the disposition; null = pending"),
)

COURT_ORDER: Final = _table(
    "court_order",
    "One protective or custody order. Its parties' addresses are in no column.",
    _key("court_order", "key of the order"),
    _key("person_record", "the petitioner's record; null where an agency asked", "petitioner_key"),
    _key("person_record", "the respondent's record", "respondent_key"),
    _key("person_record", "the record of the child that it is about, if any", "child_key"),
    Column("case_number", "VARCHAR", "the court's number"),
    Column(
        "kind",
        "VARCHAR",
        "emergency_protective, preliminary_protective, protective, custody",
    ),
    Column("about_child", "BOOLEAN", "true: a child is a party of it"),
    Column("locality_id", "VARCHAR", "the court's locality"),
    Column("issued_on", "DATE", "day of the order"),
    Column("served_on", "DATE", "day it was served on the respondent; null = not served"),
    Column("expires_on", "DATE", "last day; null = until changed"),
    Column("dissolved_on", "DATE", "day a court ended it early; null = it was not"),
    Column("custody_to", "VARCHAR", "petitioner, respondent, joint; null for protective orders"),
)

MEDICAL_VISIT: Final = _table(
    "medical_visit",
    "One visit to an emergency department. None of a programme under 42 CFR Part 2.",
    _key("medical_visit", "key of the visit"),
    _key("person_record", "the patient's record in the same feed", "record_key"),
    Column("facility", "VARCHAR", "the hospital's name"),
    Column("locality_id", "VARCHAR", "the hospital's locality"),
    Column("visited_on", "DATE", "day of arrival"),
    Column(
        "complaint",
        "VARCHAR",
        "injury, assault, sexual_assault, overdose, mental_health, pregnancy, illness, other",
    ),
    Column("screening_result", "VARCHAR", "for trafficking: none, possible, likely, not_done"),
    Column(
        "discharge",
        "VARCHAR",
        "home, admitted, transferred, left_against_advice, to_police, to_social_services, died",
    ),
)

SERVICE: Final = _table(
    "service",
    "A service that helps: a place of help, not a person's address or number.",
    _key("service", "key of the service"),
    Column("name", "VARCHAR", "name; null where confidential: a shelter's name is its address"),
    Column("kind", "VARCHAR", "shelter, counselling, legal_aid, medical, child_advocacy"),
    Column("phone", "VARCHAR", "E.164; the service's, whoever else gives it as theirs"),
    Column("address_line", "VARCHAR", "street address, upper case; null where confidential"),
    Column("city", "VARCHAR", "upper case; null where confidential"),
    Column("zip", "VARCHAR", "five digits; null where confidential"),
    Column("locality_id", "VARCHAR", "where; null where confidential"),
    Column("confidential", "BOOLEAN", "true: where it is, is never told"),
)

REFERRAL: Final = _table(
    "referral",
    "One referral of one person to one service.",
    _key("referral", "key of the referral"),
    _key("person_record", "the client's record; null without a written release", "record_key"),
    _key("service", "the service"),
    Column("referred_on", "DATE", "day of the referral"),
    Column(
        "referred_by",
        "VARCHAR",
        "police, hotline, social_services, hospital, school, court, self, other",
    ),
    Column(
        "release",
        "VARCHAR",
        "whom the client lets know: none, agencies (that help), police (these as well)",
    ),
    Column(
        "outcome",
        "VARCHAR",
        "engaged, waiting, declined, no_show, not_reached; null = not known yet",
    ),
    Column("outcome_on", "DATE", "day of the outcome"),
)

CONTACT_POINT: Final = _table(
    "contact_point",
    "One mention of a phone, vehicle, online handle, e-mail or address in a record.",
    _key("contact_mention", "key of the mention"),
    _key("contact_point", "key('contact_point', kind, value): equal for equal values"),
    Column("kind", "VARCHAR", "phone, vehicle, handle, email, address"),
    _personal("value", "VARCHAR", "normalised as in person_record"),
    Column("partial", "BOOLEAN", "true: incomplete as recorded, e.g. a plate lacking a letter"),
    _key("person_record", "whose it was, if known", "record_key"),
    _key("incident", "the incident or tip that mentions it, if any"),
    Column("used_on", "DATE", "day of the use that was recorded"),
)

AGENCY: Final = _table(
    "agency",
    "An agency that appears in the records.",
    Column("agency_id_of", "VARCHAR", "the agency's id: ORI or short code"),
    Column("name", "VARCHAR", "name"),
    Column(
        "kind",
        "VARCHAR",
        "state_police, police, sheriff, university, lab, social_services, "
        "juvenile_justice, clearinghouse, hotline, health, school, court, other",
    ),
    Column("locality_id", "VARCHAR", "its locality, if it has one"),
)

REPORTING_MONTH: Final = _table(
    "reporting_month",
    "A month for which an agency reported (so that a zero is a zero).",
    _key("reporting_month", "key('reporting_month', agency, year, month)"),
    Column("agency", "VARCHAR", "the reporting agency's id"),
    Column("locality_id", "VARCHAR", "the agency's locality"),
    Column("month", "DATE", "first day of the month"),
    Column("reported", "BOOLEAN", "true: it reported, perhaps zero incidents"),
)

TABLES: Final = (
    PERSON_RECORD,
    INCIDENT,
    INVOLVEMENT,
    OFFENSE,
    VICTIM_OFFENSE,
    RELATIONSHIP,
    LOCATION,
    ARREST,
    DRUG_SEIZURE,
    EVENT,
    MISSING_EPISODE,
    PLACEMENT,
    ENROLMENT,
    ABSENCE,
    COURT_CHARGE,
    COURT_ORDER,
    MEDICAL_VISIT,
    SERVICE,
    REFERRAL,
    CONTACT_POINT,
    AGENCY,
    REPORTING_MONTH,
)
"""Every table of records and facts, in the order in which they are written."""

BY_NAME: Final = {table.name: table for table in TABLES}
