"""What can go wrong between a delivery and the records.

Guarantees: a message names the file, and the line and field where there is one, says what was
expected, and never holds a value of the delivery.
"""

from __future__ import annotations


class IngestError(Exception):
    """Root of this package's errors.

    ``file`` is the name inside the delivery, ``line`` the physical line or row from 1, ``field``
    the column; None where the fault is not there.
    """

    def __init__(
        self,
        reason: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        self.field = field
        where = [file or ""]
        if line is not None:
            where.append(f"line {line}")
        if field is not None:
            where.append(f"field {field}")
        place = ", ".join(part for part in where if part)
        super().__init__(f"{place}: {reason}" if place else reason)


class ContractRefused(IngestError):
    """A feed's contract or its SQL is not in form: our fault, found before a row is read."""


class RowsRefused(ContractRefused):
    """A feed's SQL cannot work with the rows that were accepted: a delivery brought what no
    contract foresaw."""


class Unreadable(IngestError):
    """The bytes are not what the file's name promises: empty, binary, another encoding, corrupt."""


class NotRecognised(IngestError):
    """The file's columns are those of no known feed."""


class DeliveryRefused(IngestError):
    """The feed is known, but this delivery lacks or contradicts what its contract asserts."""


class BrokenLanding(IngestError):
    """What has landed is no longer what was received."""


class LostRows(IngestError):
    """Rows in differ from rows loaded, quarantined and duplicate: nothing is written."""
