"""The built front end, as tags of a page.

Guarantees: an entry that the build does not hold is an error when a page asks for it, not a page
without its script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from webapp.errors import FrontEndBroken

if TYPE_CHECKING:
    from pathlib import Path

URL = "/static/dist/"


@dataclass(frozen=True, slots=True)
class Assets:
    """Vite's manifest. ``chunks`` is None where pages are served without a front end."""

    chunks: dict[str, dict[str, Any]] | None

    @classmethod
    def read(cls, dist: Path | None) -> Assets:
        """Raises FrontEndBroken where the front end has not been built."""
        if dist is None:
            return cls(None)
        try:
            return cls(json.loads((dist / "manifest.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            raise FrontEndBroken(
                f"no built front end in {dist}; run 'python -m webapp.build_frontend'"
            ) from None

    def styles(self, entry: str) -> Markup:
        """Link elements of the entry's style sheets, those of shared chunks included."""
        links = [
            Markup('<link rel="stylesheet" href="{}{}">').format(URL, sheet)
            for chunk in self._with_imports(entry)
            for sheet in chunk.get("css", ())
        ]
        return Markup("\n").join(dict.fromkeys(links))

    def script(self, entry: str) -> Markup:
        """The entry's module script, with its shared chunks preloaded."""
        chunks = self._with_imports(entry)
        if not chunks:
            return Markup()
        loads = [
            Markup('<link rel="modulepreload" href="{}{}">').format(URL, chunk["file"])
            for chunk in chunks[1:]
        ]
        own = Markup('<script type="module" src="{}{}"></script>').format(URL, chunks[0]["file"])
        return Markup("\n").join([*loads, own])

    def _with_imports(self, entry: str) -> list[dict[str, Any]]:
        if self.chunks is None:
            return []
        name = f"src/{entry}.ts"
        if name not in self.chunks:
            raise FrontEndBroken(
                f"the built front end has no {name}; run 'python -m webapp.build_frontend'"
            )
        found: dict[str, dict[str, Any]] = {}
        waiting = [name]
        while waiting:
            key = waiting.pop(0)
            if key not in found:
                found[key] = self.chunks[key]
                waiting += self.chunks[key].get("imports", [])
        return list(found.values())
