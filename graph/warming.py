"""A freshly started server's first answers, asked by nobody.

Guarantees: every query that pages use is planned once, so that the first user does not wait for it
(measured on a busy machine: a first neighbourhood took longer than its limit of 5 s); what is
asked names nothing that exists; a server that ends meanwhile is no error.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from graph.errors import GraphError, GraphUnavailable
from graph.queries import ParameterType, load_library
from graph.reader import GraphReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from runs.manifest import Server

GROUPS: Final = frozenset({"app", "casework"})
LIMIT_S: Final = 60.0
_DAY: Final = date(1900, 1, 1)
_NOTHING: Final[dict[ParameterType, Any]] = {
    ParameterType.STRING: "",
    ParameterType.INTEGER: 1,
    ParameterType.FLOAT: 1.0,
    ParameterType.BOOLEAN: False,
    ParameterType.DATE: _DAY.isoformat(),
    ParameterType.LIST: ["Person:"],
    ParameterType.FULLTEXT: "nothing",
}


def warm(server: Server, password: str, ended: Callable[[], bool]) -> int:
    """Ask every query of the pages once; returns how many were answered.

    ``ended``: true once nobody needs the server any more.
    """
    patient = {
        name: replace(query, timeout_s=LIMIT_S)
        for name, query in load_library().items()
        if query.group in GROUPS
    }
    answered = 0
    with GraphReader(server, password, patient) as reader:
        for name, query in patient.items():
            if ended():
                break
            required = {
                item.name: _NOTHING[item.type] for item in query.parameters if item.required
            }
            try:
                reader.run(name, required)
            except GraphUnavailable:
                break
            except GraphError:
                continue
            answered += 1
    return answered
