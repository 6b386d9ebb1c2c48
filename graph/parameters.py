"""Values for a query's declared parameters.

Guarantees: what comes out has exactly the declared names and types; text from a form and typed
values from code are both understood; a refusal names the parameter and the type, never the value.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from graph.errors import BadParameter
from graph.queries import ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.queries import Parameter, Query

MAX_TEXT: Final = 10_000
MAX_LIST: Final = 10_000
_INTEGER_LIMIT: Final = 2**63
_WORDS: Final = re.compile(r"\w+")
_PHONE_DIGITS: Final = 7


def bind(query: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of one run, defaults filled in.

    An empty text for anything but a string means "not given". Raises BadParameter for one that is
    missing, not declared, or not of its type.
    """
    declared = {parameter.name: parameter for parameter in query.parameters}
    if undeclared := given.keys() - declared.keys():
        raise BadParameter(
            f"query {query.name} has no parameter {', '.join(sorted(undeclared))}; "
            f"it takes {', '.join(declared) or 'none'}"
        )
    return {name: _value(query, item, given.get(name)) for name, item in declared.items()}


def _value(query: Query, parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str) and parameter.type is not ParameterType.STRING:
        value = value.strip() or None
    if value is None:
        if parameter.required:
            raise BadParameter(
                f"query {query.name} needs {parameter.name} ({parameter.type})",
                parameter=parameter.name,
                expected=_EXPECTED[parameter.type],
            )
        return parameter.default
    least = parameter.least
    expected = _EXPECTED[parameter.type] + ("" if least is None else f", {least} or more")
    try:
        return _at_least(least, _READERS[parameter.type](value))
    except (ValueError, TypeError, KeyError):
        raise BadParameter(
            f"parameter {parameter.name} of query {query.name}: expected {expected}",
            parameter=parameter.name,
            expected=expected,
        ) from None


def _string(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError
    number = int(value)
    if not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        raise ValueError
    return number


def _at_least(least: int | None, value: Any) -> Any:
    if least is not None and value < least:
        raise ValueError
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "yes": True, "no": False}[_string(value).lower()]


def _date(value: Any) -> date:
    if type(value) is date:
        return value
    return date.fromisoformat(_string(value))


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[,\s]+", value) if part]
    if not isinstance(value, (list, tuple, set, frozenset)) or len(value) > MAX_LIST:
        raise ValueError
    return [
        _string(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)
    ]


def full_text(words: Any) -> str:
    """A user's words as a Lucene query: every word must begin some word of the text.

    Nothing of Lucene's own syntax survives. Words that are together a phone number's length of
    digits also find a number that contains those digits. Raises ValueError where no word is left.
    """
    terms = _WORDS.findall(_string(words).lower())
    if not terms:
        raise ValueError
    every = " AND ".join(f"{term}*" for term in terms)
    digits = "".join(terms)
    if len(digits) >= _PHONE_DIGITS and digits.isascii() and digits.isdigit():
        return f"({every}) OR *{digits}*"
    return every


_READERS: Final = {
    ParameterType.STRING: _string,
    ParameterType.INTEGER: _integer,
    ParameterType.FLOAT: _float,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: _date,
    ParameterType.LIST: _list,
    ParameterType.FULLTEXT: full_text,
}
_EXPECTED: Final = {
    ParameterType.STRING: f"text of at most {MAX_TEXT} characters",
    ParameterType.INTEGER: "a whole number",
    ParameterType.FLOAT: "a number",
    ParameterType.BOOLEAN: "yes or no",
    ParameterType.DATE: "a date as YYYY-MM-DD",
    ParameterType.LIST: f"at most {MAX_LIST} texts",
    ParameterType.FULLTEXT: "at least one word or number",
}
