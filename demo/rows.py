"""Growing columnar tables that stories append to and writers read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from demo.chance import Ints, Texts, texts

if TYPE_CHECKING:
    from collections.abc import Iterable


class Rows:
    """Named columns of equal length. A column that an append leaves out gets its default."""

    def __init__(self, **defaults: Any) -> None:
        self._defaults = defaults
        self._columns: dict[str, list[Any]] = {name: [] for name in defaults}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    def add(self, **values: Any) -> int:
        """Append one row and return its index. Raises KeyError for an unknown column."""
        self._check(values)
        for name, column in self._columns.items():
            column.append(values.get(name, self._defaults[name]))
        self._length += 1
        return self._length - 1

    def extend(self, size: int, **values: Iterable[Any]) -> Ints:
        """Append ``size`` rows given by column and return their indices."""
        self._check(values)
        for name, column in self._columns.items():
            if name in values:
                given = values[name]
                column.extend(given.tolist() if isinstance(given, np.ndarray) else given)
            else:
                column.extend([self._defaults[name]] * size)
            if len(column) != self._length + size:
                raise ValueError(f"column {name}: {len(column) - self._length} values for {size}")
        start = self._length
        self._length += size
        return np.arange(start, self._length)

    def get(self, name: str, index: int) -> Any:
        return self._columns[name][index]

    def put(self, name: str, index: int, value: Any) -> None:
        self._columns[name][index] = value

    def ints(self, name: str) -> Ints:
        """A column of integers (-1 stands for none in columns that refer to other rows)."""
        return np.array(self._columns[name], dtype=np.int64)

    def values(self, name: str) -> Texts:
        """A column of any values."""
        return texts(self._columns[name])

    def _check(self, values: dict[str, Any]) -> None:
        unknown = values.keys() - self._columns.keys()
        if unknown:
            raise KeyError(f"no columns {sorted(unknown)}; there are {sorted(self._columns)}")
