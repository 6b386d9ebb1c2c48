"""The order in which the world's stories are told, each with its own stream of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.chance import stream
from demo.lives.care import children_in_care
from demo.lives.court import charges, custody_orders, protective_orders
from demo.lives.crime import ordinary_crime
from demo.lives.effects import event_effects
from demo.lives.handing_on import hand_on
from demo.lives.helping import referrals, services
from demo.lives.hospital import emergency_visits
from demo.lives.justice import juvenile_intakes, laboratory
from demo.lives.missing import missing_children
from demo.lives.operations import circuit_operations
from demo.lives.school import schooling
from demo.lives.tipping import noise_tips
from demo.lives.trafficking import trafficking
from demo.lives.vice import commercial_sex, public_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.lives.setting import Setting


def tell(setting: Setting, progress: Callable[[str], None]) -> None:
    """Fill the setting's history. Care comes before running away, crime before its follow-up."""
    seed = setting.settings.seed
    hand_on(setting, stream(seed, "handing on"))
    progress("children in care")
    in_care = children_in_care(setting, stream(seed, "care"))
    progress("trafficking networks")
    networks = trafficking(setting, stream(seed, "trafficking"), in_care)
    progress("missing children")
    missing_children(setting, stream(seed, "missing"), in_care)
    progress("crime, events and tips")
    ordinary_crime(setting, stream(seed, "crime"))
    commercial_sex(setting, stream(seed, "commercial sex"))
    public_events(setting, stream(seed, "events"))
    event_effects(setting, stream(seed, "event effects"))
    circuit_operations(setting, stream(seed, "operations"), networks)
    noise_tips(setting, stream(seed, "tips"))
    juvenile_intakes(setting, stream(seed, "justice"))
    laboratory(setting, stream(seed, "laboratory"))
    progress("schools")
    schooling(setting, stream(seed, "schools"))
    charges(setting, stream(seed, "charges"))
    protective_orders(setting, stream(seed, "protective orders"))
    custody_orders(setting, stream(seed, "custody"))
    emergency_visits(setting, stream(seed, "emergency visits"))
    services(setting, stream(seed, "services"))
    referrals(setting, stream(seed, "referrals"))
