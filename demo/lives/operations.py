"""Police operations: at public events, and where reports of one network pile up along its circuit.

Guarantees: an operation on a circuit follows reports of the network in its locality; every incident
that an operation finds lies on its days and in its locality; the reports that led to it and those
that it found stand in the history's ``operation_reports``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from demo.chance import Ints, happens, pick
from demo.geography import data
from demo.lives import traces
from demo.settings import as_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.lives.setting import Setting
    from demo.lives.trafficking import Network

BUYERS_AT_EVENT: Final = (2, 7)
BUYERS_ON_CIRCUIT: Final = (1, 4)
WITHIN_DAYS: Final = 120
"""Two reports of one network in one locality within so many days may draw an operation there."""
PLANNED: Final = 0.16
"""Share of such localities in which an operation is planned: the others have nobody to send."""
TOLD_OF_RETURN: Final = 0.7
MET: Final = 0.8
"""Share of operations that meet the network where it is in the locality on one of the days."""


def buyers(setting: Setting) -> Ints:
    """Men who may be met as buyers."""
    of_age = setting.people.born < setting.settings.first_day - 22 * 365
    return np.flatnonzero((setting.people.sex == "M") & of_age)


def sting(
    setting: Setting,
    rng: np.random.Generator,
    event: int,
    place: int,
    buyer: int,
) -> None:
    """A buyer is arrested in the operation."""
    history = setting.history
    locality, start, end = (
        history.events.get(name, event) for name in ("locality", "start", "end")
    )
    day = int(rng.integers(start, end + 1))
    incident = setting.incident(
        rng, day=day, locality=locality, story="operation",
        place=place if place >= 0 else setting.place_or_none(rng, "hotel", locality),
    )  # fmt: skip
    history.offenses.add(incident=incident, code="40C", location="14", using="C")
    setting.society(incident)
    history.offenders.add(incident=incident, person=buyer)
    history.arrestees.add(
        incident=incident, person=buyer, day=setting.within(day), type="O", code="40C", weapon="01"
    )
    history.operation_reports.add(event=event, kind="incident", row=incident, how="found")


def circuit_operations(setting: Setting, rng: np.random.Generator, networks: list[Network]) -> None:
    """Append the operations that reports of sex trafficking networks drew, and what they found."""
    names: list[str] = data("events.toml")["operation"]
    men, reports = buyers(setting), _reports(setting)
    number = 0
    for network in networks:
        if network.kind != "sex":
            continue
        for locality, leads in _drawn(network, reports[network.row]):
            start, end = _days(rng, network, locality, leads[-1].day)
            if not happens(rng, PLANNED) or end > setting.settings.last_day:
                continue
            name = names[number % len(names)].format(year=as_date(start).year)
            _operation(setting, rng, network, locality, leads, (start, end), name, men)
            number += 1


@dataclass(frozen=True, slots=True, order=True)
class _Report:
    day: int
    kind: str
    row: int
    locality: int


def _reports(setting: Setting) -> dict[int, list[_Report]]:
    """The police reports and tips of each network, as they became known."""
    found: dict[int, list[_Report]] = defaultdict(list)
    incidents, tips = setting.history.incidents, setting.history.tips
    for kind, table, day in (("incident", incidents, "reported"), ("tip", tips, "day")):
        network, days, locality = (table.ints(name) for name in ("network", day, "locality"))
        for row in np.flatnonzero(network >= 0).tolist():
            report = _Report(int(days[row]), kind, row, int(locality[row]))
            found[int(network[row])].append(report)
    return found


def _drawn(network: Network, reports: list[_Report]) -> Iterator[tuple[int, list[_Report]]]:
    """The localities of the circuit with enough reports in a short time, and the first of these."""
    for locality in network.route:
        there = sorted(report for report in reports if report.locality == locality)
        for one, other in pairwise(there):
            if other.day - one.day <= WITHIN_DAYS and other.day < network.end:
                yield locality, [one, other]
                break


def _days(rng: np.random.Generator, network: Network, locality: int, known: int) -> tuple[int, int]:
    """First and last day: where somebody tells that the network is back, then; else any."""
    length = int(rng.integers(1, 4))
    start = known + int(rng.integers(7, 40))
    told = happens(rng, TOLD_OF_RETURN)
    back = [stay.start for stay in network.stays
            if stay.locality == locality and known + 3 <= stay.start <= known + 90]  # fmt: skip
    start = back[0] + 1 if told and back else start
    return start, start + length


def _operation(
    setting: Setting,
    rng: np.random.Generator,
    network: Network,
    locality: int,
    leads: list[_Report],
    days: tuple[int, int],
    name: str,
    men: Ints,
) -> None:
    history, (start, end) = setting.history, days
    place = pick(rng, network.places[locality]) if network.places[locality] else -1
    event = history.events.add(
        name=name, kind="operation", start=start, end=end, locality=locality, cause="circuit",
        network=network.row, place=place,
    )  # fmt: skip
    for lead in leads:
        history.operation_reports.add(event=event, kind=lead.kind, row=lead.row, how="led_to")
    count = int(rng.integers(*BUYERS_ON_CIRCUIT))
    for buyer in rng.integers(len(men), size=count).tolist():
        sting(setting, rng, event, place, int(men[buyer]))
    there = [day for day in range(start, end + 1)
             if network.present(day) and network.is_in(locality, day)]  # fmt: skip
    if not there or not happens(rng, MET):
        return
    incident = traces.trafficking_incident(
        setting, rng, network, there[0], locality, place, network.present(there[0])[:3], arrest=0.7
    )
    history.operation_reports.add(event=event, kind="incident", row=incident, how="found")
