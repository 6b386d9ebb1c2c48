"""Public lists that resolution reads: how common a name is, and which names are short for which.

Guarantees: what is read has the fingerprint that the model names, so that an upgraded list cannot
move a weight unseen; no value of any agency's record enters a list (non-interference).

Sources: name frequencies of the 1990 United States census, as packaged by ``names`` (MIT);
nicknames as packaged by ``nicknames`` (Apache-2.0).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import names  # type: ignore[import-untyped]
from nicknames import with_names_csv_path

from resolution.errors import BadModel

SURNAMES: Final = "surname_frequency"
GIVEN_NAMES: Final = "given_name_frequency"
NICKNAMES: Final = "nickname"


@dataclass(frozen=True, slots=True)
class PublicLists:
    """``surname`` and ``given_name`` map a lower-case name to its share (0 to 1) of the people.

    ``roots`` maps a lower-case given name to itself and the names that it may be short for.
    ``fingerprints`` maps each list to the SHA-256 of the files it came from.
    """

    surname: dict[str, float]
    given_name: dict[str, float]
    roots: dict[str, tuple[str, ...]]
    fingerprints: dict[str, str]


def _shares(path: Path) -> dict[str, float]:
    shares: dict[str, float] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        name, percent, _, _ = line.split()
        shares[name.lower()] = float(percent) / 100
    return shares


def _fingerprint(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def public_lists() -> PublicLists:
    """The lists, read once."""
    last = Path(names.FILES["last"])
    female, male = Path(names.FILES["first:female"]), Path(names.FILES["first:male"])
    given: dict[str, float] = {}
    for shares in (_shares(female), _shares(male)):
        for name, share in shares.items():
            given[name] = given.get(name, 0.0) + share / 2
    roots: dict[str, set[str]] = {}
    with with_names_csv_path() as csv_path:
        short = Path(csv_path)
        with short.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                roots.setdefault(row["name2"], {row["name2"]}).add(row["name1"])
        fingerprint = _fingerprint(short)
    return PublicLists(
        surname=_shares(last),
        given_name=given,
        roots={name: tuple(sorted(found)) for name, found in sorted(roots.items())},
        fingerprints={
            SURNAMES: _fingerprint(last),
            GIVEN_NAMES: _fingerprint(female, male),
            NICKNAMES: fingerprint,
        },
    )


def check_fingerprints(wanted: dict[str, str]) -> None:
    """Raises BadModel where a list differs from the one that the model was reviewed with."""
    found = public_lists().fingerprints
    differing = sorted(name for name in wanted if found.get(name) != wanted[name])
    if differing or wanted.keys() != found.keys():
        raise BadModel(
            f"public lists differ from those the model was made with: {differing or 'their names'};"
            " install the versions in requirements/run.lock, or train and review a new model"
        )
