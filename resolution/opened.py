"""Search indexes that are open: at most OPEN_INDEXES, and none of a run that is deleted.

Guarantees: an index that this version cannot read is refused with what to do; opening and letting
go are safe for several threads.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from resolution.errors import BadModel, NoIndex
from resolution.index import FORMAT
from resolution.matching import Weights
from resolution.model import Model, load_model
from resolution.retrieval import MappedIndex

if TYPE_CHECKING:
    from pathlib import Path

    from runs.home import ViewFolder

OPEN_INDEXES: Final = 6


class OpenIndex:
    """An opened index and its model; safe for several threads."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NoIndex(
                f"{folder} has no search index: the view's run was not finished, or another "
                "version of VAST made it; make and publish a run with this one ('vast run')"
            ) from None
        if about.get("format") != FORMAT:
            raise NoIndex(
                f"{folder} has a search index of format {about.get('format')}, this version reads "
                f"{FORMAT}: make and publish a run with it ('vast run')"
            )
        self._about = _version_of(folder)
        self.hashed: int = about["hashed"]
        self.holds_names = bool(about["records_with_a_name"])
        self.mapped = MappedIndex(folder)
        try:
            self.model: Model = load_model(folder / "model.json")
        except BadModel:
            raise NoIndex(
                f"{folder} has weights that another version of VAST wrote: make and publish a run "
                "with this one ('vast run')"
            ) from None
        self.weights = Weights(self.model)
        self._folder = folder

    def is_there(self) -> bool:
        """False where the files that are mapped are deleted."""
        return _version_of(self._folder) == self._about


def _version_of(folder: Path) -> tuple[int, int] | None:
    try:
        found = (folder / "about.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


_open_indexes: OrderedDict[Path, OpenIndex] = OrderedDict()
_lock = threading.Lock()


def opened(folder: ViewFolder) -> OpenIndex:
    """The view's index, opened once. Raises NoIndex where there is none that can be read."""
    # A run's files never change, so its path is enough to know an index by; a deleted run's rows
    # are let go of.
    with _lock:
        for path in [path for path, index in _open_indexes.items() if not index.is_there()]:
            del _open_indexes[path]
        index = _open_indexes.get(folder.search) or OpenIndex(folder.search)
        _open_indexes[folder.search] = index
        _open_indexes.move_to_end(folder.search)
        while len(_open_indexes) > OPEN_INDEXES:
            _open_indexes.popitem(last=False)
        return index
