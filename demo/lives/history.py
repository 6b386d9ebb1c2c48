"""Everything that happened in the world, as tables that stories append to.

Guarantees: persons are indices into ``People``, localities and places indices into ``Geography``,
days count from 1970-01-01; -1 stands for none and NEVER for a day that has not come. Nothing here
knows how an agency writes things down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from demo.households import NEVER
from demo.rows import Rows


def _mention(**more: object) -> Rows:
    """Somebody's part in an incident. ``alias`` is a row of ``aliases``; contact values override
    the person's own; ``named`` false: the police never learnt a name."""
    return Rows(incident=-1, person=-1, alias=-1, phone="", plate="", handle="", named=True, **more)


@dataclass(frozen=True, slots=True)
class History:
    """The tables. See each field's columns."""

    incidents: Rows = field(
        default_factory=lambda: Rows(
            day=0,
            hour=-1,
            locality=-1,
            agency=-1,
            place=-1,
            home_of=-1,
            cleared="N",
            report_date=False,
            reported=0,
            story="ordinary",
            network=-1,
        )
    )
    offenses: Rows = field(
        default_factory=lambda: Rows(
            incident=-1, code="", attempted=False, location="20", acts="", using="N", weapon=""
        )
    )
    victims: Rows = field(default_factory=lambda: _mention(type="I", injury="", codes=""))
    """``type`` is the NIBRS victim type; ``codes`` the offenses suffered, '' = all."""
    offenders: Rows = field(default_factory=lambda: _mention(unknown=False))
    """``unknown`` true: the row of sequence 0, nothing known."""
    arrestees: Rows = field(
        default_factory=lambda: _mention(day=0, type="T", code="", multiple="N", weapon="")
    )
    relations: Rows = field(default_factory=lambda: Rows(victim=-1, offender=-1, code="RU"))
    drugs: Rows = field(
        default_factory=lambda: Rows(incident=-1, code="U", quantity=0.0, measure="GM")
    )
    stolen: Rows = field(default_factory=lambda: Rows(incident=-1, what="", value=0, loss="7"))
    aliases: Rows = field(
        default_factory=lambda: Rows(person=-1, given="", surname="", born=NEVER, street="")
    )
    """A false identity or a street name. ``born`` NEVER: gives the true birth date."""
    episodes: Rows = field(
        default_factory=lambda: Rows(
            person=-1,
            start=0,
            reported=0,
            locality=-1,
            circumstance="Runaway",
            missing_from="Home",
            category="EMJ",
            end=NEVER,
            exit_reason="",
            found_locality=-1,
            found_outside="",
            found_code="",
            found_with="",
            screening="",
            phone="",
            handle="",
            notes="",
            agency=-1,
            network=-1,
        )
    )
    placements: Rows = field(
        default_factory=lambda: Rows(
            person=-1, kind="", facility="", locality=-1, start=0, end=NEVER, reason=""
        )
    )
    clients: Rows = field(default_factory=lambda: Rows(person=-1, day=0, protected=False))
    enrolments: Rows = field(
        default_factory=lambda: Rows(
            person=-1, locality=-1, school="", start=0, end=NEVER, reason="", chronic=False
        )
    )
    absences: Rows = field(
        default_factory=lambda: Rows(
            enrolment=-1, start=0, end=NEVER, taught=0, kind="", missing=False
        )
    )
    """Spells of several school days; ``missing`` true: the child was missing meanwhile."""
    intakes: Rows = field(
        default_factory=lambda: Rows(
            person=-1,
            day=0,
            locality=-1,
            code="",
            detained=False,
            facility="",
            release=NEVER,
            reason="",
            alias=-1,
        )
    )
    charges: Rows = field(
        default_factory=lambda: Rows(
            case=0,
            number=1,
            incident=-1,
            person=-1,
            alias=-1,
            filed=0,
            statute="",
            charge="",
            level="M",
            disposition="",
            disposed=NEVER,
        )
    )
    """``case`` counts the cases from 0; ``number`` the charges of a case from 1."""
    orders: Rows = field(
        default_factory=lambda: Rows(
            kind="",
            petitioner=-1,
            respondent=-1,
            child=-1,
            locality=-1,
            issued=0,
            served=NEVER,
            expires=NEVER,
            dissolved=NEVER,
            hidden=False,
            custody_to="",
        )
    )
    """``hidden`` true: the court keeps the petitioner's address confidential."""
    visits: Rows = field(
        default_factory=lambda: Rows(
            person=-1,
            day=0,
            hospital=-1,
            alias=-1,
            complaint="Illness",
            screening="Not Done",
            discharge="Home",
        )
    )
    """``hospital`` is a row of demo/data/hospitals.toml."""
    services: Rows = field(
        default_factory=lambda: Rows(
            name="", kind="", locality=-1, phone="", line="", zip="", confidential=False
        )
    )
    referrals: Rows = field(
        default_factory=lambda: Rows(
            person=-1, alias=-1, day=0, service=-1, by="", release="None",
            outcome="", decided=NEVER, gives_theirs=False,
        )
    )  # fmt: skip
    """``release``: whom the client lets know; ``gives_theirs`` true: the client has no telephone
    of their own and gives the service's."""
    lab_items: Rows = field(
        default_factory=lambda: Rows(
            incident=-1,
            item=1,
            received=0,
            reported=0,
            substance="",
            code="",
            quantity=0.0,
            measure="GM",
            person=-1,
        )
    )
    tips: Rows = field(
        default_factory=lambda: Rows(
            day=0,
            minute=0,
            channel="call",
            locality=-1,
            place=-1,
            place_code="",
            victim=-1,
            victim_called="",
            victim_age="",
            victim_sex="",
            suspect=-1,
            suspect_called="",
            phone="",
            plate="",
            handle="",
            exploitation="unsure",
            summary="",
            network=-1,
        )
    )
    events: Rows = field(
        default_factory=lambda: Rows(
            name="", kind="", start=0, end=0, locality=-1, venue="", attendance=0,
            effect="", expected=0.0, extra=0, cause="", network=-1, place=-1,
        )
    )  # fmt: skip
    """``effect`` and after it: what the event really did, and why an operation was held; no file
    tells."""
    operation_reports: Rows = field(
        default_factory=lambda: Rows(event=-1, kind="incident", row=-1, how="")
    )
    """Reports (``kind`` incident or tip, by ``row``) that led to an operation or that it found."""
    contact_uses: Rows = field(
        default_factory=lambda: Rows(value="", person=-1, since=-NEVER, until=NEVER)
    )
    """Who used a telephone number that changed hands, and when (days, both included)."""
    networks: Rows = field(
        default_factory=lambda: Rows(kind="", road="", start=0, end=0, leaders=(), associates=())
    )
    members: Rows = field(
        default_factory=lambda: Rows(
            network=-1, person=-1, role="", start=0, end=0, episode=-1, alias=-1
        )
    )
    ties: Rows = field(default_factory=lambda: Rows(episode=-1, kind="", row=-1, value="", how=""))
    """What truly ties an episode: ``kind`` victim, offender, arrestee, incident, tip (with ``row``)
    or phone, handle, plate, place (with ``value``)."""
    episodes_of: dict[int, list[int]] = field(default_factory=dict)
    """Rows of each person's episodes; ``begin`` keeps it."""
    placements_of: dict[int, list[int]] = field(default_factory=dict)
    """Rows of each person's placements; ``place`` keeps it."""

    def begin(self, **values: Any) -> int:
        """Append an episode and return its row."""
        row = self.episodes.add(**values)
        self.episodes_of.setdefault(values["person"], []).append(row)
        return row

    def place(self, **values: Any) -> int:
        """Append a placement and return its row."""
        row = self.placements.add(**values)
        self.placements_of.setdefault(values["person"], []).append(row)
        return row

    def overlaps(self, person: int, start: int, end: int, margin: int = 5) -> bool:
        """True where the person is missing already at some time from start to end."""
        for row in self.episodes_of.get(person, ()):
            if (
                start <= self.episodes.get("end", row) + margin
                and end >= self.episodes.get("start", row) - margin
            ):
                return True
        return False
