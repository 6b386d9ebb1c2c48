"""What crimes leave behind as property: drugs that are seized, things stolen or damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from demo.chance import Ints, Texts, draw, draw_texts, texts

if TYPE_CHECKING:
    from demo.lives.setting import Setting

STOLEN: Final = {"03": 6, "20": 20, "25": 12, "75": 14, "17": 8, "07": 8, "09": 8, "06": 8, "77": 8}
PROPERTY_CODES: Final = (
    "290", "23H", "23C", "220", "23F", "23D", "240", "26A", "250", "26B", "23G", "120", "280",
    "270", "26C", "26F", "200", "23A", "23B", "26D", "26E", "26G",
)  # fmt: skip


def seize_drugs(setting: Setting, rng: np.random.Generator, incident: Ints, table: Any) -> None:
    """What was seized: one drug, sometimes two."""
    share = np.array([row["share"] for row in table.values()])
    for rows in (incident, incident[rng.random(len(incident)) < 0.18]):
        which = draw(rng, share, len(rows))
        typical = np.array([float(row["quantity"]) for row in table.values()])[which]
        setting.history.drugs.extend(
            len(rows),
            incident=rows,
            code=texts(list(table))[which],
            quantity=np.round(typical * rng.lognormal(0, 0.9, len(rows)) + 0.01, 2),
            measure=texts([row["measure"] for row in table.values()])[which],
        )


def lose_things(setting: Setting, rng: np.random.Generator, incident: Ints, code: Texts) -> None:
    """What was stolen, damaged or burnt in the incidents with an offense against property."""
    lost = np.flatnonzero(np.isin(code, PROPERTY_CODES))
    setting.history.stolen.extend(
        len(lost),
        incident=incident[lost],
        what=_stolen_things(rng, code[lost]),
        value=np.ceil(rng.lognormal(5.3, 1.3, len(lost))).astype(np.int64),
        loss=np.where(
            np.isin(code[lost], ["290"]),
            "4",
            np.where(code[lost] == "250", "3", np.where(code[lost] == "200", "2", "7")),
        ),
    )


def _stolen_things(rng: np.random.Generator, code: Texts) -> Texts:
    what = draw_texts(rng, STOLEN, len(code))
    what[code == "240"] = "03"
    what[code == "23G"] = "38"
    what[code == "23C"] = "19"
    what[code == "290"] = "29"
    what[code == "200"] = "29"
    return what
