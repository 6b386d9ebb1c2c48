"""What a run's resolution leaves for the next: enough to resolve again only what has changed.

Guarantees: private to the pipeline and to one view (it holds values that may be compared but not
shown); a cache, so that a run without it, or with a damaged one, gives the same persons and only
takes longer. ``state.json`` is written last and names every file with its size and checksum; a
folder that does not fit it, or was left by other code, another model or other settings, is refused
whole.

A record has a number: in the base its place by record key, in the delta the next that was free. A
record that changed is gone and comes back under another number, so that a number's features and
blocking keys never change, and the base is the same file in run after run (hard links).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from ingest.contracts.tables import PERSON_RECORD
from resolution.checks import Checks, StateUnusable, checksums
from resolution.clustering import Pairs
from runs.keys import token
from runs.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    from numpy.typing import NDArray

    from resolution.model import Model

FORMAT: Final = 2
_LIBRARIES: Final = ("duckdb", "splink", "numpy", "scipy", "names", "nicknames")
_CODE: Final = Path(__file__).parent

ARRAYS: Final[Mapping[str, type[np.generic]]] = {
    "key_high": np.uint64,
    "key_low": np.uint64,
    "content": np.uint64,
    "narrow": np.uint64,
    "child": np.bool_,
    "block_key": np.uint64,
    "block_number": np.int32,
    "block_rule": np.uint8,
    "pair_left": np.int32,
    "pair_right": np.int32,
    "pair_weight": np.float64,
    "pair_probability": np.float64,
    "pair_levels": np.uint64,
    "pair_flags": np.uint8,
}
"""Of a segment. ``key_*``, ``content`` (hash of the record's row), ``narrow`` (hash of what an
overfull key is narrowed by) and ``child`` have one value a record. ``block_*`` are its blocking
keys, ordered by key, ``narrow`` and number. ``pair_*`` are the scored pairs that matter: candidates
at or above the review threshold, decided pairs and pairs inside a component; left has the smaller
record key; for ``pair_levels`` see resolution.levels, for ``pair_flags`` BLOCKED and after."""
BLOCKED: Final = 1
"""The pair shares a usable key."""
LINKED: Final = 2
"""It is a row of the link table; the higher bits say what row (resolution.links, ``linked``)."""
CONTRADICTED: Final = 8
REVIEW: Final = 56
"""The bits that hold why it needs review; 0 where it does not."""
FEATURES: Final = "feature.arrow"
_WHOLE: Final[Mapping[str, type[np.generic]]] = {
    "alive": np.bool_,
    "component": np.int32,
    "part": np.int32,
    "void": np.bool_,
    "forest_left": np.int32,
    "forest_right": np.int32,
    "forest_margin": np.float64,
    "crowded": np.uint64,
}
_CONSTRAINTS: Final = "constraint.arrow"


COUNTS: Final = ("linkable_records", "persons", "links", "needs_review", "contradicted_decisions")


class Segment:
    """Arrays by name (see ARRAYS) and the records' features, in the order of their numbers.

    The file of features is opened when they are asked for: what Arrow makes of a damaged one need
    not be an error, so that its check comes first.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], features: pa.Table | Path) -> None:
        self.arrays = arrays
        self._features = features

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    @property
    def records(self) -> int:
        return len(self.arrays["key_high"])

    @property
    def features(self) -> pa.Table:
        if isinstance(self._features, Path):
            self._features = pa.ipc.open_file(pa.memory_map(str(self._features))).read_all()
        return self._features


@dataclass(frozen=True, slots=True)
class State:
    """``checks``: of the state's files and of the parent's tables.

    ``alive``, ``component``, ``part`` have one value a number, ``void`` one a pair of the base.

    ``component`` labels what candidates at or above review and decisions connect (it may join too
    much, never too little), ``part`` what is left of it where it was too large. ``forest``: see
    resolution.touched. ``crowded``: keys of contacts that speak for nobody (resolution.crowded).
    ``constraints``: record_key_l, record_key_r, kind. ``dropped``: keys not
    used, by rule. ``counts``: of the run's whole result (see COUNTS).
    """

    folder: Path
    checks: Checks
    base: Segment
    delta: Segment
    alive: NDArray[np.bool_]
    component: NDArray[np.int32]
    part: NDArray[np.int32]
    void: NDArray[np.bool_]
    forest: Pairs
    crowded: NDArray[np.uint64]
    constraints: pa.Table
    dropped: Mapping[int, int]
    counts: Mapping[str, int]

    def of_records(self, name: str) -> NDArray[Any]:
        """A value for each number, of base and delta."""
        return np.concatenate([self.base[name], self.delta[name]])

    def linkable(self, numbers: NDArray[np.int64]) -> int:
        """How many of them may be linked at all."""
        flags = pa.chunked_array(
            [
                *self.base.features.column("linkable").chunks,
                *self.delta.features.column("linkable").chunks,
            ],
            pa.bool_(),
        )
        return int(flags.to_numpy()[numbers].sum())

    def hexadecimal(self, numbers: NDArray[np.int64]) -> list[str]:
        """The records' keys."""
        high, low = self.of_records("key_high")[numbers], self.of_records("key_low")[numbers]
        return hexadecimal(high, low)


def hexadecimal(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> list[str]:
    """Record keys from their halves."""
    halves = np.stack([high, low], axis=1).astype(">u8").tobytes().hex()
    return [halves[at : at + 32] for at in range(0, len(halves), 32)]


def fingerprint(model: Model, shown_columns: frozenset[str], view_key: bytes) -> str:
    """A hash over all that shapes a state besides the records, decisions and orders."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(path.read_bytes())
    said = [
        FORMAT,
        model.fingerprint,
        sorted(shown_columns),
        token(view_key, "resolution state"),
        {name: version(name) for name in _LIBRARIES},
        [(column.name, column.type) for column in PERSON_RECORD],
    ]
    digest.update(json.dumps(said).encode())
    return digest.hexdigest()


def write_stream(
    relation: duckdb.DuckDBPyRelation, folder: Path, columns: Mapping[str, str]
) -> int:
    """Write columns of a relation as arrays, a batch at a time; returns the number of rows.

    ``columns`` maps a column to the array that it becomes.
    """
    files = {array: (folder / array).open("wb") for array in columns.values()}
    rows = 0
    try:
        for batch in relation.select(*columns).to_arrow_reader(1 << 16):
            rows += batch.num_rows
            for column, array in columns.items():
                values = batch.column(column).to_numpy(zero_copy_only=False)
                files[array].write(np.ascontiguousarray(values, dtype=ARRAYS[array]).data)
    finally:
        for file in files.values():
            file.close()
    return rows


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, values in arrays.items():
        wanted = {**ARRAYS, **_WHOLE}[name]
        np.ascontiguousarray(values, dtype=wanted).tofile(folder / name)


def write_features(relation: duckdb.DuckDBPyRelation, folder: Path) -> None:
    """Write ``feature`` without its numbers; the rows come in the order of the numbers."""
    reader = relation.to_arrow_reader(1 << 17)
    with (
        pa.OSFile(str(folder / FEATURES), "wb") as sink,
        pa.ipc.new_file(sink, reader.schema) as writer,
    ):
        for batch in reader:
            writer.write_batch(batch.take(_every(batch.num_rows)))


def write_feature_table(table: pa.Table, folder: Path) -> None:
    with (
        pa.OSFile(str(folder / FEATURES), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table.take(_every(table.num_rows)))


def _every(rows: int) -> pa.Array:
    """Places of all rows. What is taken has zeros where it is null: DuckDB leaves there whatever
    stood in memory, and equal tables would be unequal files."""
    return pa.array(np.arange(rows, dtype=np.int64))


def take_features(segment: Segment, rows: NDArray[np.int64]) -> pa.Table:
    """The features of some rows of a segment (ascending), without reading the others."""
    batches = segment.features.to_batches()
    starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
    places = np.searchsorted(rows, starts)

    def take(number: int) -> pa.RecordBatch:
        wanted = rows[places[number] : places[number + 1]] - starts[number]
        return batches[number].take(pa.array(wanted))

    asked = np.flatnonzero(np.diff(places))
    # Each row lies on as many pages as it has columns: what this takes is mapping them.
    with ThreadPoolExecutor(max_workers=2) as pool:
        parts = list(pool.map(take, asked))
    return pa.Table.from_batches(parts, schema=segment.features.schema)


def link_base(parent: Path, folder: Path) -> None:
    """Take over the parent's base: hard links, or copies where the disk has none."""
    target = folder / "base"
    target.mkdir(parents=True)
    for path in sorted((parent / "base").iterdir()):
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copyfile(path, target / path.name)


def finish(
    folder: Path,
    fingerprint: str,
    whole: Mapping[str, NDArray[Any]],
    constraints: pa.Table,
    dropped: Mapping[int, int],
    counts: Mapping[str, int],
    persons: Path,
    trusted: Mapping[Path, list[int]] | None = None,
) -> None:
    """Write what belongs to this run alone, and ``state.json`` last.

    ``persons``: the folder of tables that the run wrote; the next takes what is untouched from it.
    ``trusted``: sizes and checksums of the parent's files, which were checked in this run; a file
    that is one of them (the same, by hard link) is not read again.
    """
    write_arrays(folder, whole)
    with (
        pa.OSFile(str(folder / _CONSTRAINTS), "wb") as sink,
        pa.ipc.new_file(sink, constraints.schema) as writer,
    ):
        writer.write_table(constraints)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    tables = sorted(persons.glob("*.parquet"))
    known = {_identity(path): checked for path, checked in (trusted or {}).items()}
    sums = {path: known.get(_identity(path)) for path in (*paths, *tables)}
    unknown = [path for path, checked in sums.items() if checked is None]
    sums |= dict(zip(unknown, checksums(unknown), strict=True))
    files = {str(path.relative_to(folder)): sums[path] for path in paths}
    text = {
        "fingerprint": fingerprint,
        "dropped": {str(rule): keys for rule, keys in sorted(dropped.items())},
        "counts": {name: counts[name] for name in COUNTS},
        "files": files,
        "tables": {path.name: sums[path] for path in tables},
    }
    write_whole(folder / "state.json", json.dumps(text, indent=1, sort_keys=True))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def load(folder: Path, wanted: str, persons: Path) -> State:
    """The state below ``folder``, and the tables in ``persons`` with it; both are being checked
    whole when this returns (``State.checks``).

    Raises StateUnusable where it is missing, cut off, or was left under another fingerprint.
    """
    try:
        said = json.loads((folder / "state.json").read_text("utf-8"))
        found, files, tables = said["fingerprint"], said["files"], said["tables"]
        dropped = {int(rule): int(keys) for rule, keys in said["dropped"].items()}
        counts = {name: int(said["counts"][name]) for name in COUNTS}
    except FileNotFoundError:
        raise StateUnusable("the parent run left none") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StateUnusable("its state.json cannot be read") from None
    if found != wanted:
        raise StateUnusable(
            "the model, the size that it is fitted to, the code, a library or the view's columns "
            "changed"
        )
    try:
        expected = {folder / name: sums for name, sums in files.items()}
        expected |= {persons / name: sums for name, sums in tables.items()}
        constraint_file = folder / _CONSTRAINTS
        if checksums([constraint_file]) != [expected[constraint_file]]:
            raise StateUnusable(f"{_CONSTRAINTS} is damaged")
        with pa.memory_map(str(folder / _CONSTRAINTS)) as source:
            constraints = pa.ipc.open_file(source).read_all()
        base, delta = _segment(folder / "base"), _segment(folder / "delta")
        return State(
            folder=folder,
            checks=Checks(expected),
            base=base,
            delta=delta,
            alive=_array(folder, "alive", np.bool_),
            component=_array(folder, "component", np.int32),
            part=_array(folder, "part", np.int32),
            void=_array(folder, "void", np.bool_),
            forest=Pairs(
                _array(folder, "forest_left", np.int32).astype(np.int64),
                _array(folder, "forest_right", np.int32).astype(np.int64),
                np.asarray(_array(folder, "forest_margin", np.float64)),
            ),
            crowded=np.array(_array(folder, "crowded", np.uint64)),
            constraints=constraints,
            dropped=dropped,
            counts=counts,
        )
    except (OSError, ValueError, KeyError, pa.ArrowInvalid) as error:
        raise StateUnusable(
            f"a file is missing or cannot be read ({type(error).__name__})"
        ) from None


def _segment(folder: Path) -> Segment:
    return Segment(
        {name: _array(folder, name, kind) for name, kind in ARRAYS.items()}, folder / FEATURES
    )


def _array(folder: Path, name: str, kind: type[np.generic]) -> NDArray[Any]:
    path = folder / name
    if path.stat().st_size == 0:
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")
