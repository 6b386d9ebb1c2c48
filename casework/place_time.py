"""Circumstance: place, time, kind of incident, and whether its victims could be the child.

Guarantees: each weight is log2 of (share among true ties, declared in the pack) over (share among
all incidents of the view, counted); a fact that excludes the child weighs against the lead.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from casework.evidence import Evidence, EvidenceKind
from casework.usual import Usual, distance_km
from casework.weights import Weights, ratio_weight
from ingest.contracts.localities import locality_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casework.description import EpisodeDescription

AGE_TOLERANCE_YEARS: Final = 1
SAME_DESCRIPTION_WEIGHT: Final = 2.0
SEX_TEXTS: Final = {"M": "male", "F": "female"}


def circumstances(
    details: dict[str, Any],
    description: EpisodeDescription,
    finish: date,
    usual: Usual,
    weights: Weights,
) -> Iterator[Evidence]:
    """Every circumstance of one incident, for or against."""
    yield from _place(details, description, usual, weights)
    yield from _time(details, description, finish, usual, weights)
    yield from _category(details, usual, weights)
    yield from _victims(details, description, weights)


def _place(
    details: dict[str, Any], description: EpisodeDescription, usual: Usual, weights: Weights
) -> Iterator[Evidence]:
    last_seen, here = description.last_seen_locality_id, details["locality_id"]
    if last_seen is None or here is None or usual.distance is None:
        return
    apart_km = distance_km(last_seen, here)
    if apart_km is None:
        return
    index = weights.band(apart_km)
    band = weights.distance[index]
    weight = weights.clamp(ratio_weight(band.share, usual.distance[index]))
    where = (
        f"{locality_name(here)}, {apart_km:.0f} km from" if apart_km else locality_name(here) + ","
    )
    yield Evidence(
        EvidenceKind.PLACE,
        f"It happened {band.title}: {where} where the child was last seen",
        weight,
    )


def _time(
    details: dict[str, Any],
    description: EpisodeDescription,
    finish: date,
    usual: Usual,
    weights: Weights,
) -> Iterator[Evidence]:
    if details["occurred_on"] is None:
        return
    day = date.fromisoformat(details["occurred_on"])
    near = timedelta(days=weights.time.after_days)
    gone = description.missing_from_on
    if gone <= day <= finish:
        text, share, base = "while the child was missing", weights.time.during, usual.during
        text += f", {_days((day - gone).days)} after last contact"
    elif finish < day <= finish + near:
        text, share, base = (
            f"{_days((day - finish).days)} after the episode ended"
            if description.found_on is not None
            else "soon after the days that an open episode is taken to last",
            weights.time.after,
            usual.after,
        )
    elif gone - near <= day < gone:
        text, share, base = (
            f"{_days((gone - day).days)} before the child went missing",
            weights.time.before,
            usual.before,
        )
    else:
        text, share, base = (
            "outside this episode (perhaps in another one of the child)",
            weights.time.otherwise,
            usual.otherwise,
        )
    yield Evidence(
        EvidenceKind.TIME, f"It happened {text}", weights.clamp(ratio_weight(share, base))
    )


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _category(details: dict[str, Any], usual: Usual, weights: Weights) -> Iterator[Evidence]:
    found = [name for name in details["categories"] or () if name in usual.categories]
    if found:
        best = max(
            found,
            key=lambda name: (ratio_weight(weights.categories[name], usual.categories[name]), name),
        )
        weight = weights.clamp(ratio_weight(weights.categories[best], usual.categories[best]))
        yield Evidence(
            EvidenceKind.CATEGORY,
            f"It is of a kind in which missing children appear: {best.replace('_', ' ')}",
            weight,
        )


def _victims(
    details: dict[str, Any], description: EpisodeDescription, weights: Weights
) -> Iterator[Evidence]:
    """Same sex and age as some victim speaks for; every victim excluded speaks against."""
    victims = [v for v in details["victims"] or () if v["person_id"] not in description.person_ids]
    age = description.age_at_entry_years
    if (
        not victims
        or len(victims) != len(details["victims"])
        or (description.sex is None and age is None)
    ):
        return
    verdicts = [_fits(victim, description.sex, age) for victim in victims]
    if True in verdicts:
        fitting = victims[verdicts.index(True)]
        told = ", ".join(
            filter(
                None,
                (
                    SEX_TEXTS.get(fitting["sex"] or ""),
                    f"aged {fitting['age_low']}" if fitting["age_low"] is not None else None,
                ),
            )
        )
        yield Evidence(
            EvidenceKind.DESCRIPTION,
            f"A victim fits the child: {told}",
            SAME_DESCRIPTION_WEIGHT,
            frozenset({fitting["record_key"]}),
        )
    elif all(verdict is False for verdict in verdicts):
        yield Evidence(
            EvidenceKind.CONTRADICTION,
            "No recorded victim can be the child: sex or age differs",
            weights.contradiction_weight,
            frozenset(victim["record_key"] for victim in victims),
        )


def _fits(victim: dict[str, Any], sex: str | None, age: int | None) -> bool | None:
    """True: recorded sex and age fit; False: one excludes; None: nothing to compare."""
    compared = False
    if sex and victim["sex"]:
        if victim["sex"] != sex:
            return False
        compared = True
    if age is not None and victim["age_low"] is not None:
        high = victim["age_high"] if victim["age_high"] is not None else victim["age_low"]
        if not victim["age_low"] - AGE_TOLERANCE_YEARS <= age <= high + AGE_TOLERANCE_YEARS:
            return False
        compared = True
    return True if compared else None
