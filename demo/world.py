"""Making a synthetic Virginia: the world, its lives, the agencies' files, and the truth.

Guarantees: equal settings give byte-identical files; the truth lies outside the feeds; the
``world.json`` of a world that was not finished says so.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from demo.chance import stream
from demo.contacts import Contacts
from demo.errors import FolderInUse
from demo.files.clearinghouse import write_clearinghouse
from demo.files.courts import write_courts
from demo.files.events import write_events
from demo.files.forensic_lab import write_forensic_lab
from demo.files.hospital import write_hospital
from demo.files.hotline import write_hotline
from demo.files.juvenile_justice import write_juvenile_justice
from demo.files.local_police import local_reports, write_local_police
from demo.files.nibrs import write_nibrs
from demo.files.numbering import number
from demo.files.school_attendance import write_school_attendance
from demo.files.service_directory import write_service_directory
from demo.files.social_services import write_social_services
from demo.geography import load_geography
from demo.happenings import write_happenings
from demo.lives.history import History
from demo.lives.setting import Setting
from demo.lives.telling import tell
from demo.people import make_people
from demo.settings import WorldSettings
from demo.truth import write_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What was made: counts of the true world and of the records in each feed.

    ``records`` counts records of natural persons by feed id; events have none.
    """

    persons: int
    households: int
    incidents: int
    episodes: int
    missing_children: int
    networks: int
    victims: int
    events: int
    records: dict[str, int]


def make_world(
    out: Path,
    *,
    persons: int = 3000,
    years: int = 3,
    seed: int = 7,
    progress: Callable[[str], None],
) -> WorldSummary:
    """Write ``out/feeds/<feed id>/``, ``out/truth/`` and last ``out/world.json``.

    A world that is there already is replaced. Raises ImpossibleWorld for settings out of range,
    FolderInUse where ``out`` holds anything else; then nothing was changed.
    """
    settings = WorldSettings(persons, years, seed)
    _clear(out)
    progress(f"world of {persons} synthetic people, {settings.first_year} to 2025, seed {seed}")
    geography = load_geography(stream(seed, "geography"))
    contacts = Contacts(stream(seed, "contacts"), persons)
    people = make_people(settings, geography, contacts, stream(seed, "people"))
    setting = Setting(settings, geography, people, contacts, History())
    tell(setting, progress)
    progress("the agencies' files")
    numbers = number(setting)
    local = local_reports(setting, numbers)
    feeds = out / "feeds"
    records = {
        "nibrs": write_nibrs(setting, numbers, feeds / "nibrs"),
        "clearinghouse": write_clearinghouse(setting, numbers, feeds / "clearinghouse"),
        "social-services": write_social_services(setting, numbers, feeds / "social-services"),
        "juvenile-justice": write_juvenile_justice(setting, numbers, feeds / "juvenile-justice"),
        "forensic-lab": write_forensic_lab(setting, numbers, feeds / "forensic-lab"),
        "hotline": write_hotline(setting, numbers, feeds / "hotline"),
        "local-police": write_local_police(setting, local, feeds / "local-police"),
        "school-attendance": write_school_attendance(setting, numbers, feeds / "school-attendance"),
        "courts": write_courts(setting, numbers, feeds / "courts"),
        "hospital": write_hospital(setting, numbers, feeds / "hospital"),
        "service-directory": write_service_directory(setting, numbers, feeds / "service-directory"),
    }
    events = write_events(setting, feeds / "events")
    progress("the truth, apart")
    write_truth(setting, numbers, local, out / "truth")
    write_happenings(setting, numbers, local, out / "truth")
    history = setting.history
    summary = WorldSummary(
        persons=len(people),
        households=len(people.members),
        incidents=len(history.incidents),
        episodes=len(history.episodes),
        missing_children=len(set(history.episodes.values("person"))),
        networks=len(history.networks),
        victims=len(set(history.members.values("person"))),
        events=events,
        records=records,
    )
    marker: dict[str, Any] = {
        "synthetic": True,
        "finished": True,
        "note": "Nobody in this world exists. Names, addresses, telephone numbers, plates and "
        "places are invented.",
        "seed": seed,
        "persons": persons,
        "years": [settings.first_year, settings.first_year + years - 1],
        "made": asdict(summary),
    }
    (out / "world.json").write_text(
        json.dumps(marker, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    progress(f"{sum(records.values())} records of people in {len(records) + 1} feeds")
    return summary


def _clear(out: Path) -> None:
    """Make room for a world; refuses to touch a folder that holds anything else."""
    if out.exists() and not out.is_dir():
        raise FolderInUse(f"{out} is a file; name a folder for the world")
    parts = {"feeds", "truth", "world.json"}
    if out.is_dir() and (strange := sorted(p.name for p in out.iterdir() if p.name not in parts)):
        raise FolderInUse(
            f"{out} holds {strange[0]}, which is no part of a synthetic world; name an empty or "
            "new folder"
        )
    marker = out / "world.json"
    if any((out / name).exists() for name in ("feeds", "truth")) and not _is_ours(marker):
        raise FolderInUse(
            f"{out} holds feeds or truth without a world.json that says synthetic; these may be "
            "somebody's files: remove them yourself or name another folder"
        )
    # Until the files are whole again the marker stays, marked unfinished, so that a killed run
    # can be repeated.
    out.mkdir(parents=True, exist_ok=True)
    marker.write_text('{"finished": false, "synthetic": true}\n', encoding="utf-8")
    for name in ("feeds", "truth"):
        if (out / name).exists():
            shutil.rmtree(out / name)


def _is_ours(marker: Path) -> bool:
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8")).get("synthetic"))
    except (OSError, ValueError, AttributeError):
        return False
