"""The audit log: written before anything is shown, or nothing is shown.

Guarantees: one look is one transaction with a row for each subject; a row's payload is encrypted
under its subject's own key, so that destroying the key destroys what the log says of the subject
and leaves the chain whole; each row carries the SHA-256 of its metadata, its ciphertext and the row
before it; the database refuses to change or remove rows; writers at the same time make one chain.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import SQLAlchemyError

from sharing.audit_events import AuditEvent
from sharing.errors import AuditMisuse, AuditUnavailable, ChainBroken, StoreUnavailable
from sharing.tables import AUDIT_EVENT, AUDIT_SUBJECT_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from sharing.store import Store

__all__ = ["AuditEvent", "Look", "Verification", "looks_at", "record", "shred", "verify_chain"]

FIRST_HASH: Final = "0" * 64
"""What the first row names as the row before it."""

_CHAIN_LOCK: Final = 0x5641_5354_4155_4454
_METADATA: Final = (
    "sequence",
    "look",
    "at",
    "event",
    "account",
    "view",
    "purpose",
    "case_number",
    "subject_ref",
)


@dataclass(frozen=True, slots=True)
class Look:
    """One row of the log in clear. ``details`` is None where the subject's key was destroyed."""

    sequence: int
    at: datetime
    event: AuditEvent
    account: str | None
    view: str | None
    purpose: str | None
    case_number: str | None
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Verification:
    """``first_broken``: the sequence number of the first row that does not fit; None: all fit.

    ``head`` is the newest row's hash: kept elsewhere, it shows later that the end was not cut off.
    """

    rows: int
    head: str
    first_broken: int | None
    reason: str | None

    @property
    def holds(self) -> bool:
        return self.first_broken is None


def record(
    store: Store,
    event: AuditEvent,
    account: str | None = None,
    view: str | None = None,
    purpose: str | None = None,
    case_number: str | None = None,
    subjects: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    connection: Connection | None = None,
) -> None:
    """Write an event to the log; returns when it is durably there.

    ``connection``: a transaction of ``store.write()`` that the event belongs to; then it is there
    when that is committed, and what it tells of is not without it.

    ``subjects``: ids or keys of the view, of those whose data are about to be shown; repeated ones
    count once; without any, the one row is kept under the account's own key. ``details``: JSON
    values under the names that the event declares. Raises AuditMisuse for an event that lacks what
    it must tell, and AuditUnavailable where the log cannot be written: then show nothing.
    """
    told = dict(details or {})
    fault = event.spec.fault(frozenset(told), len(subjects), account, view, purpose, case_number)
    if fault:
        raise AuditMisuse(f"audit event {event} {fault}; see sharing/audit_events.py")
    whom = list(dict.fromkeys(subjects)) or [f"account:{account or 'nobody'}"]
    common = {
        "look": secrets.token_hex(16),
        "event": event.value,
        "account": account,
        "view": view,
        "purpose": purpose,
        "case_number": case_number,
    }
    try:
        payload = json.dumps(told, sort_keys=True).encode()
        with nullcontext(connection) if connection else store.write() as writing:
            _append(store, writing, common, whom, payload)
    except (SQLAlchemyError, StoreUnavailable, OSError, TypeError) as error:
        raise AuditUnavailable(
            f"the audit event {event} could not be written ({type(error).__name__}), so nothing "
            "may be shown; check the store's disk and database"
        ) from error


def verify_chain(store: Store, head: tuple[int, str] | None = None) -> Verification:
    """Follow the chain from its first row and tell the first row that does not fit.

    ``head``: a sequence number and hash noted earlier; the chain must still contain them.
    """
    previous, rows = FIRST_HASH, 0
    with store.read() as connection:
        stream = connection.execution_options(yield_per=1000).execute(
            sa.select(AUDIT_EVENT).order_by(AUDIT_EVENT.c.sequence)
        )
        for row in stream:
            rows += 1
            reason = None
            if row.sequence != rows:
                reason = f"row {rows} is missing"
            elif row.previous_hash != previous:
                reason = "it does not follow the row before it"
            elif row.row_hash != _hash(_metadata(row._asdict()), row):
                reason = "its content was changed"
            elif head is not None and head[0] == rows and head[1] != row.row_hash:
                reason = "it is not the row that was noted"
            if reason:
                return Verification(rows, previous, rows, reason)
            previous = row.row_hash
    if head is not None and head[0] > rows:
        return Verification(rows, previous, rows + 1, f"rows up to {head[0]} were noted")
    return Verification(rows, previous, None, None)


def require_whole(store: Store) -> Verification:
    """verify_chain, raising ChainBroken where it does not hold."""
    found = verify_chain(store)
    if not found.holds:
        raise ChainBroken(
            f"the audit log is broken at row {found.first_broken}: {found.reason}; restore the "
            "store from a backup and find out who changed it"
        )
    return found


def looks_at(store: Store, view: str, subject: str) -> list[Look]:
    """Who looked at a subject of a view, oldest first; empty once the subject's key is gone."""
    with store.read() as connection:
        key = connection.execute(
            sa.select(AUDIT_SUBJECT_KEY).where(
                AUDIT_SUBJECT_KEY.c.view == view, AUDIT_SUBJECT_KEY.c.subject == subject
            )
        ).one_or_none()
        if key is None:
            return []
        rows = connection.execute(
            sa.select(AUDIT_EVENT)
            .where(AUDIT_EVENT.c.subject_ref == key.subject_ref)
            .order_by(AUDIT_EVENT.c.sequence)
        ).all()
    return [_look(row, key.key) for row in rows]


def shred(store: Store, view: str, subject: str) -> bool:
    """Destroy a subject's key: what the log says of the subject is unreadable from then on.

    Returns False where there was none. The chain still verifies. On PostgreSQL the old page holds
    the key until VACUUM has run; backups hold it until they are replaced.
    """
    with store.write() as connection:
        deleted = connection.execute(
            sa.delete(AUDIT_SUBJECT_KEY).where(
                AUDIT_SUBJECT_KEY.c.view == view, AUDIT_SUBJECT_KEY.c.subject == subject
            )
        )
    if not store.is_postgresql:
        # The write-ahead log still holds the page as it was.
        with store.engine.connect() as connection:
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return deleted.rowcount > 0


def _append(
    store: Store,
    connection: Connection,
    common: dict[str, Any],
    subjects: list[str],
    payload: bytes,
) -> None:
    if store.is_postgresql:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    last = connection.execute(
        sa.select(AUDIT_EVENT.c.sequence, AUDIT_EVENT.c.row_hash)
        .order_by(AUDIT_EVENT.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    sequence, previous = (0, FIRST_HASH) if last is None else (last.sequence, last.row_hash)
    keys = _keys_of(connection, common["view"] or "", subjects)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    rows: list[dict[str, Any]] = []
    for subject in subjects:
        sequence += 1
        ref, key = keys[subject]
        row = common | {"sequence": sequence, "at": at, "subject_ref": ref}
        row["nonce"] = secrets.token_bytes(12)
        row["ciphertext"] = AESGCM(key).encrypt(row["nonce"], payload, _metadata(row))
        row["previous_hash"] = previous
        row["row_hash"] = previous = _digest(
            _metadata(row), row["nonce"], row["ciphertext"], previous
        )
        rows.append(row)
    connection.execute(sa.insert(AUDIT_EVENT), rows)


def _keys_of(
    connection: Connection, view: str, subjects: list[str]
) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for start in range(0, len(subjects), 500):
        rows = connection.execute(
            sa.select(AUDIT_SUBJECT_KEY).where(
                AUDIT_SUBJECT_KEY.c.view == view,
                AUDIT_SUBJECT_KEY.c.subject.in_(subjects[start : start + 500]),
            )
        )
        found |= {row.subject: (row.subject_ref, row.key) for row in rows}
    new = {
        subject: (secrets.token_hex(16), AESGCM.generate_key(256))
        for subject in subjects
        if subject not in found
    }
    if new:
        connection.execute(
            sa.insert(AUDIT_SUBJECT_KEY),
            [
                {"subject_ref": ref, "view": view, "subject": subject, "key": key}
                for subject, (ref, key) in new.items()
            ],
        )
    return found | new


def _metadata(row: Mapping[str, Any]) -> bytes:
    return json.dumps([row[name] for name in _METADATA], separators=(",", ":")).encode()


def _hash(metadata: bytes, row: sa.Row[Any]) -> str:
    return _digest(metadata, row.nonce, row.ciphertext, row.previous_hash)


def _digest(metadata: bytes, nonce: bytes, ciphertext: bytes, previous: str) -> str:
    digest = hashlib.sha256()
    for part in (metadata, nonce, ciphertext, previous.encode()):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _look(row: sa.Row[Any], key: bytes) -> Look:
    try:
        clear = AESGCM(key).decrypt(row.nonce, row.ciphertext, _metadata(row._asdict()))
        details: Mapping[str, Any] | None = json.loads(clear)
    except InvalidTag:
        details = None
    return Look(
        row.sequence,
        datetime.fromisoformat(row.at),
        AuditEvent(row.event),
        row.account,
        row.view,
        row.purpose,
        row.case_number,
        details,
    )
