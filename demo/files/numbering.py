"""The numbers that agencies give to incidents, people, cases and samples.

Guarantees: every id is unique over all years; ids follow the calendar, not the order in which the
stories were told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.chance import Ints, Texts, texts
from demo.files.writing import sequence, year_of

if TYPE_CHECKING:
    from demo.lives.setting import Setting


@dataclass(frozen=True, slots=True)
class Numbers:
    """Ids by row of the history's tables."""

    incident_id: Ints
    incident_number: Texts
    ori: Texts
    offense_id: Ints
    victim_id: Ints
    offender_id: Ints
    arrestee_id: Ints
    victim_seq: Ints
    offender_seq: Ints
    arrestee_seq: Ints
    case_number: Texts
    client_id: Texts
    intake_id: Texts
    signal_id: Texts
    lab_number: Texts
    student_number: Texts
    court_case: Texts
    order_number: Texts
    visit_id: Texts
    referral_no: Texts


def number(setting: Setting) -> Numbers:
    """Number everything in the history."""
    history, agencies = setting.history, setting.geography.agencies
    days = history.incidents.ints("day")
    agency = history.incidents.ints("agency")
    rank = _rank(days)
    order = np.argsort(rank, kind="stable")
    year = year_of(days)
    in_year = np.empty(len(days), dtype=np.int64)
    in_year[order] = sequence((agency * 10_000 + year)[order])
    incident_id = 152_000_000 + rank * 3
    unknown = history.offenders.values("unknown").astype(bool)
    offender_of = history.offenders.ints("incident")
    return Numbers(
        incident_id=incident_id,
        incident_number=texts(
            [
                f"{y % 100:02d}-{(k * 37 + a * 11) % 900 + k * 900:06d}"
                for y, k, a in zip(year.tolist(), in_year.tolist(), agency.tolist(), strict=True)
            ]
        ),
        ori=texts([agencies[i].ori for i in agency.tolist()]),
        offense_id=by_incident(history.offenses.ints("incident"), incident_id, 180_000_000),
        victim_id=by_incident(history.victims.ints("incident"), incident_id, 165_000_000),
        offender_id=by_incident(offender_of, incident_id, 170_000_000),
        arrestee_id=by_incident(history.arrestees.ints("incident"), incident_id, 52_000_000),
        victim_seq=sequence(history.victims.ints("incident")),
        offender_seq=np.where(unknown, 0, sequence(offender_of)),
        arrestee_seq=sequence(history.arrestees.ints("incident")),
        case_number=_per_year(history.episodes.ints("reported"), "MC-{0}-{1:05d}"),
        client_id=texts([f"C{i + 400_001:07d}" for i in _rank(history.clients.ints("day"))]),
        intake_id=_per_year(history.intakes.ints("day"), "J{0}-{1:05d}"),
        signal_id=_per_year(history.tips.ints("day"), "SIG-{0}-{1:05d}"),
        lab_number=_lab_numbers(setting),
        student_number=_student_numbers(setting),
        court_case=_court_cases(setting),
        order_number=_per_year(history.orders.ints("issued"), "JA{0}-{1:06d}"),
        visit_id=_per_year(history.visits.ints("day"), "EV{0}-{1:07d}"),
        referral_no=_per_year(history.referrals.ints("day"), "RF{0}-{1:05d}"),
    )


def _rank(days: Ints) -> Ints:
    rank = np.empty(len(days), dtype=np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(len(days))
    return rank


def by_incident(incident: Ints, incident_id: Ints, base: int) -> Ints:
    """Ids of rows that belong to incidents: in the incidents' order, then the rows'."""
    return base + _rank(incident_id[incident]) * 2 if len(incident) else incident


def _per_year(days: Ints, form: str) -> Texts:
    year = year_of(days)
    order = np.argsort(days, kind="stable")
    count = np.empty(len(days), dtype=np.int64)
    count[order] = sequence(year[order])
    return texts([form.format(y, k) for y, k in zip(year.tolist(), count.tolist(), strict=True)])


def _student_numbers(setting: Setting) -> Texts:
    """Seven digits; which division gave a number cannot be told from it."""
    rank = _rank(setting.history.enrolments.ints("start"))
    return texts([str(1_000_000 + i * 7919 % 8_999_993) for i in rank.tolist()])


def _lab_numbers(setting: Setting) -> Texts:
    """One number per incident's submission; its items share it."""
    items = setting.history.lab_items
    incident, received = items.ints("incident"), items.ints("received")
    firsts: dict[int, int] = {}
    for row in np.argsort(received, kind="stable").tolist():
        firsts.setdefault(int(incident[row]), row)
    rows = list(firsts.values())
    given = _per_year(received[rows], "L{0}-{1:05d}") if rows else texts([])
    of = {int(incident[row]): str(value) for row, value in zip(rows, given, strict=True)}
    return texts([of[int(i)] for i in incident])


def _court_cases(setting: Setting) -> Texts:
    """One number per case; its charges share it."""
    charges = setting.history.charges
    case, first = charges.ints("case"), charges.ints("number") == 1
    # Story order gives every case's first charge before any second one.
    return _per_year(charges.ints("filed")[first], "GC{0}-{1:06d}")[case]
