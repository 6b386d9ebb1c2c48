"""Hiding small numbers, and enough others that the small ones cannot be worked out.

What is guaranteed. A cell from 1 to its threshold - 1 is *primary*: it is hidden. Further cells are
hidden (*complementary* suppression) until somebody who sees every other cell, knows how cells add
up, and knows that a hidden cell counted at least one, still has at least ``candidates`` whole
numbers to choose from for every primary cell. Nothing tells primary from complementary. A narrower
range is allowed only where it follows from which cells are zero, because zeros are shown.

How. Linear programs look for other tables that an onlooker could not tell from the true one and in
which a primary cell is as high or as low as is needed; where shown cells stand in the way, the
cheapest of them become hidden. Every such table stays possible when more is hidden, so one table
vouches for all the cells that it moves far enough. Solver: HiGHS. Source of the method: Kelly,
Golden, Assad (1992), Cell suppression: disclosure protection for sensitive tabular data. Ranges
are those of real numbers, which are at least as wide as those of whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from rollups.errors import SuppressionFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_MOVED: Final = 1e-6
_OPTIMAL: Final = 0
_INFEASIBLE: Final = 2
_UNBOUNDED: Final = 3
_AT_ONCE: Final = 6
_REWARD: Final = 1e4
_COST: Final = 1e-3
"""One step towards a goal is worth more than hiding any chain of cells; both stay well above the
solver's tolerance of 1e-7 for costs from 1 to 20,000."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Cells and what is known of how they add up.

    ``values``: counts, 1 or more (zeros take no part: they are shown and known).
    ``thresholds``: smallest value of each cell that may be shown. ``costs``: how much is lost when
    the cell is hidden, above 0. ``equal``: rows with ``equal @ values == 0``. ``at_least``: rows
    with ``at_least @ values >= 0``.
    """

    values: Ints
    thresholds: Ints
    costs: Floats
    equal: csr_array
    at_least: csr_array

    @property
    def primary(self) -> Bools:
        """Which cells are too small to show."""
        small: Bools = self.values < self.thresholds
        return small

    def part(self, cells: Ints) -> Tables:
        """The tables of these cells alone; the cells must not be tied to others."""
        return Tables(
            self.values[cells],
            self.thresholds[cells],
            self.costs[cells],
            _rows_of(self.equal, cells),
            _rows_of(self.at_least, cells),
        )


def suppress(tables: Tables, candidates: int) -> Bools:
    """Which cells to hide, so that each small one keeps that many candidates (2 or more).

    Raises SuppressionFailed where the solver finds no answer.
    """
    hidden = tables.primary.copy()
    if not hidden.any():
        return hidden
    for cells in _components(tables):
        if hidden[cells].any() and not hidden[cells].all():
            hidden[cells] = _suppress_component(tables.part(cells), candidates - 1.0)
    return hidden


def attack(tables: Tables, hidden: Bools, cell: int) -> tuple[float, float]:
    """Lowest and highest value of a hidden cell that an onlooker cannot rule out."""
    known = np.where(hidden, 0, tables.values).astype(float)
    unknown = np.flatnonzero(hidden)
    where = int(np.searchsorted(unknown, cell))
    bounds: list[float] = []
    for sign in (1.0, -1.0):
        objective = np.zeros(unknown.size)
        objective[where] = sign
        found = _least(
            objective,
            equal=(tables.equal[:, unknown], -(tables.equal @ known)),
            at_least=(tables.at_least[:, unknown], -(tables.at_least @ known)),
            lower=np.ones(unknown.size),
            upper=np.full(unknown.size, np.inf),
        )
        bounds.append(sign * -np.inf if found is None else float(found[where]))
    return bounds[0], bounds[1]


@dataclass(slots=True)
class _Seen:
    """Lowest and highest value of each cell in the tables found so far, and what is wanted.

    ``width``: how far apart they must be. ``top``: no cell is pushed higher than that, ``floor``:
    nor lower, because it is not needed or not possible.
    """

    low: Floats
    high: Floats
    top: Floats
    floor: Floats
    width: float
    primary: Bools

    def add(self, other: Floats) -> None:
        self.low = np.minimum(self.low, other)
        self.high = np.maximum(self.high, other)

    def wanting(self, *, upwards: bool) -> Bools:
        """Small cells with too narrow a range that could still be pushed in that direction."""
        narrow = self.primary & (self.high - self.low < self.width - _MOVED)
        found: Bools = narrow & (
            self.high < self.top - _MOVED if upwards else self.low > self.floor + _MOVED
        )
        return found

    def goals(self, *, upwards: bool) -> Floats:
        """How high, or low, a cell must be for its range to be wide enough."""
        if upwards:
            return np.minimum(self.low + self.width, self.top)
        return np.maximum(self.high - self.width, self.floor)


def _suppress_component(tables: Tables, width: float) -> Bools:
    hidden = tables.primary.copy()
    values = tables.values.astype(float)
    top = np.maximum(tables.thresholds - 1.0, 1.0 + width)
    seen = _Seen(values, values, top, _floors(tables), width, tables.primary)
    for upwards in (True, False):
        _look_together(tables, hidden, seen, upwards=upwards)
    relations = csr_array(vstack([tables.equal, tables.at_least], format="csc").T)
    for upwards in (True, False):
        alone: set[int] = set()
        while (wanting := seen.wanting(upwards=upwards)).any():
            pending = np.flatnonzero(wanting)
            pending = pending[np.argsort(-tables.values[pending], kind="stable")]
            chosen = _apart(relations, pending, alone)
            goals = seen.goals(upwards=upwards)
            other = _other_table(tables, hidden, chosen, goals)
            hidden |= np.abs(other - values) > _MOVED
            seen.add(other)
            for cell in chosen[np.abs(other - goals)[chosen] > _MOVED]:
                if chosen.size > 1:
                    alone.add(int(cell))
                elif upwards:
                    # What the zeros alone say cannot be hidden.
                    seen.top[cell] = other[cell]
                else:
                    seen.floor[cell] = other[cell]
    return hidden


def _apart(relations: csr_array, pending: Ints, alone: set[int]) -> Ints:
    """A few cells, no two of them near each other, so that one table can move them all.

    More at once, or nearer, is faster and hides more (docs/decisions/0004). A cell that did not
    reach its goal beside others is moved alone.
    """
    for cell in pending:
        if int(cell) in alone:
            alone.discard(int(cell))
            return np.asarray([cell], dtype=np.int64)
    cells_of = relations.tocsc()
    taken = np.zeros(relations.shape[1], dtype=bool)
    chosen: list[int] = []
    for cell in pending:
        rows = _entries(relations, cell)
        if taken[rows].any():
            continue
        chosen.append(int(cell))
        if len(chosen) == _AT_ONCE:
            break
        for row in rows:
            for neighbour in _entries(cells_of, row):
                taken[_entries(relations, neighbour)] = True
    return np.asarray(chosen, dtype=np.int64)


def _entries(matrix: csr_array | csc_array, line: int) -> NDArray[np.int32]:
    """Where a row (of csc: a column) has entries."""
    found: NDArray[np.int32] = matrix.indices[matrix.indptr[line] : matrix.indptr[line + 1]]
    return found


def _floors(tables: Tables) -> Floats:
    """What each cell counts at least, if all that is known is which cells are not zero.

    A sum of five such cells is at least 5, a whole at least its largest part. Never too high;
    perhaps too low where relations are neither sums nor parts.
    """
    lowest = np.ones(tables.values.size)
    rules = []
    for matrix in (tables.equal, -tables.equal, tables.at_least):
        # Rows whose one cell with the other sign is bounded by all the rest.
        parts, wholes = csr_array(matrix.minimum(0)), csr_array(matrix.maximum(0))
        single = np.flatnonzero(np.diff(_pruned(wholes).indptr) == 1)
        if single.size:
            rules.append((-parts[single], _pruned(csr_array(wholes[single])).indices))
    while True:
        before = lowest.copy()
        for parts, whole in rules:
            np.maximum.at(lowest, whole, parts @ lowest)
        if (lowest == before).all():
            return lowest


def _pruned(matrix: csr_array) -> csr_array:
    """The matrix without stored zeros."""
    kept = matrix.copy()
    kept.eliminate_zeros()
    return kept


def _look_together(tables: Tables, hidden: Bools, seen: _Seen, *, upwards: bool) -> None:
    """Find tables that vouch for many cells at once, without hiding more.

    Cells are variables only where hidden. Stops when a table vouches for no further cell.
    """
    where = np.flatnonzero(hidden)
    size = where.size
    known = np.where(hidden, 0, tables.values).astype(float)
    equal, at_least = tables.equal[:, where], tables.at_least[:, where]
    owed, least = -(tables.equal @ known), -(tables.at_least @ known)
    while (wanting := seen.wanting(upwards=upwards)).any():
        pending = wanting[where]
        found = (
            _many_high(equal, at_least, owed, least, seen.top[where], pending)
            if upwards
            else _least(
                pending.astype(float),
                equal=(equal, owed),
                at_least=(at_least, least),
                lower=np.ones(size),
                upper=np.full(size, np.inf),
            )
        )
        if found is None:
            raise SuppressionFailed("the solver finds no table where the true one is one")
        other = tables.values.astype(float)
        other[where] = found[:size]
        seen.add(other)
        if not (wanting & ~seen.wanting(upwards=upwards)).any():
            break


def _many_high(
    equal: csr_array, at_least: csr_array, owed: Floats, least: Floats, top: Floats, pending: Bools
) -> Floats | None:
    """A table in which the pending cells together come as close to their tops as they can.

    A further variable for each such cell is no larger than the cell and its top; their sum is
    maximal.
    """
    size = pending.size
    chosen = np.flatnonzero(pending)
    width = chosen.size
    row = np.arange(width)
    within = csr_array(
        (np.repeat([1.0, -1.0], width), (np.tile(row, 2), np.concatenate([chosen, size + row]))),
        shape=(width, size + width),
    )
    return _least(
        np.concatenate([np.zeros(size), -np.ones(width)]),
        equal=(_widened(equal, width), owed),
        at_least=(
            vstack([_widened(at_least, width), within], format="csr"),
            np.concatenate([least, np.zeros(width)]),
        ),
        lower=np.concatenate([np.ones(size), np.zeros(width)]),
        upper=np.concatenate([np.full(size, np.inf), top[chosen]]),
    )


def _widened(matrix: csr_array, columns: int) -> csr_array:
    """The matrix with further columns of zeros."""
    return csr_array(
        (matrix.data, matrix.indices, matrix.indptr),
        shape=(matrix.shape[0], matrix.shape[1] + columns),
    )


def _other_table(tables: Tables, hidden: Bools, chosen: Ints, goal: Floats) -> Floats:
    """The cheapest table that agrees with all relations and has the goals in the chosen cells.

    Where what is zero forbids a goal, it comes as near as that allows. Variables are the changes
    up and down from the true values.
    """
    values = tables.values.astype(float)
    size = values.size
    change = goal[chosen] - values[chosen]
    moved = np.where(change > 0, chosen, size + chosen)
    upper = np.concatenate([np.full(size, np.inf), values - 1.0])
    upper[chosen] = upper[size + chosen] = 0.0
    upper[moved] = np.abs(change)
    cost = np.where(hidden, 0.0, tables.costs) * _COST
    objective = np.concatenate([cost, cost])
    objective[moved] = -_REWARD
    changes = _least(
        objective,
        equal=(
            hstack([tables.equal, -tables.equal], format="csr"),
            np.zeros(tables.equal.shape[0]),
        ),
        at_least=(
            hstack([tables.at_least, -tables.at_least], format="csr"),
            -(tables.at_least @ values),
        ),
        lower=np.zeros(2 * size),
        upper=upper,
    )
    if changes is None:
        raise SuppressionFailed("the solver finds no table where the true one is one")
    return values + changes[:size] - changes[size:]


def _components(tables: Tables) -> list[Ints]:
    """Cells that are tied to one another, directly or through others."""
    size = tables.values.size
    relations = abs(tables.equal).T @ abs(tables.equal) + abs(tables.at_least).T @ abs(
        tables.at_least
    )
    count, label = connected_components(csr_array(relations), directed=False)
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])
    return [part.astype(np.int64) for part in parts] if size else []


def _rows_of(matrix: csr_array, cells: Ints) -> csr_array:
    """Those rows that speak of the cells, with the cells as columns."""
    part = csr_array(matrix[:, cells])
    return csr_array(part[np.diff(part.indptr) > 0])


def _least(
    objective: Floats,
    *,
    equal: tuple[csr_array, Floats],
    at_least: tuple[csr_array, Floats],
    lower: Floats,
    upper: Floats,
) -> Floats | None:
    """Variables with the least objective; None where there are none or no bound."""
    found = linprog(
        objective,
        A_eq=equal[0],  # type: ignore[call-overload]  # the stubs know no sparse matrices
        b_eq=equal[1],
        A_ub=-at_least[0],
        b_ub=-at_least[1],
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    if found.status in (_INFEASIBLE, _UNBOUNDED):
        return None
    if found.status != _OPTIMAL:
        raise SuppressionFailed(f"the solver stopped with status {found.status}")
    return np.asarray(found.x, dtype=float)
