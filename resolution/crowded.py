"""A telephone that many share is nobody's: a shelter's, an agency's, one typed for want of another.

Guarantees: a telephone, account or vehicle that more records hold than may share a blocking key is
taken out of ``feature`` before pairs are compared, wherever the pair came from, and speaks neither
for nor against. What it is taken out of can be put back: a key that loses holders counts again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

CONTACT_RULES: Final = (8, 9, 10)
"""The blocking rules whose key is a contact alone: of a telephone, an account, a vehicle (see
resolution.blocking, RULES)."""

_CROWDED: Final = """
SELECT key FROM shared_key WHERE holders > $limit AND list_contains($rules, rule) ORDER BY key
"""

_BEFORE: Final = """
CREATE OR REPLACE TEMP TABLE set_aside AS
SELECT rid, phones, accounts, email, plates FROM feature
WHERE list_has_any(list_transform(phones, lambda v: hash(8, v)), $crowded::UBIGINT[])
    OR list_has_any(list_transform(accounts, lambda v: hash(9, v)), $crowded::UBIGINT[])
    OR list_has_any(list_transform(plates, lambda v: hash(10, v)), $crowded::UBIGINT[])
"""

_SET_ASIDE: Final = """
UPDATE feature SET
    phones = nonempty(list_filter(feature.phones,
        lambda v: NOT list_contains($crowded::UBIGINT[], hash(8, v)))),
    accounts = nonempty(list_filter(feature.accounts,
        lambda v: NOT list_contains($crowded::UBIGINT[], hash(9, v)))),
    email = CASE WHEN NOT list_contains($crowded::UBIGINT[], hash(9, feature.email))
        THEN feature.email END,
    plates = nonempty(list_filter(feature.plates,
        lambda v: NOT list_contains($crowded::UBIGINT[], hash(10, v))))
FROM set_aside WHERE set_aside.rid = feature.rid
"""

_PUT_BACK: Final = """
UPDATE feature SET phones = set_aside.phones, accounts = set_aside.accounts,
    email = set_aside.email, plates = set_aside.plates
FROM set_aside WHERE set_aside.rid = feature.rid
"""


def crowded_keys(con: duckdb.DuckDBPyConnection, limit: int) -> NDArray[np.uint64]:
    """Keys of contacts that more than ``limit`` records hold, ascending; reads ``shared_key``."""
    given = {"limit": limit, "rules": list(CONTACT_RULES)}
    return np.asarray(con.execute(_CROWDED, given).fetchnumpy()["key"], dtype=np.uint64)


def set_aside(con: duckdb.DuckDBPyConnection, crowded: NDArray[np.uint64]) -> None:
    """Take the contacts with these keys out of ``feature``."""
    given = {"crowded": crowded.tolist()}
    con.execute(_BEFORE, given)
    con.execute(_SET_ASIDE, given)


def put_back(con: duckdb.DuckDBPyConnection) -> None:
    """Undo ``set_aside``, so that ``feature`` is what the records say."""
    con.execute(_PUT_BACK)
    con.execute("DROP TABLE set_aside")
