"""Record keys and their form inside a view.

A record's key is a 128-bit hash of its feed and source key, never a row number. Inside a view it
is encrypted under the view's key, so that two views cannot be joined on it and nothing outside the
view can be derived from it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Sequence


def record_key(*parts: str) -> str:
    """32 hexadecimal digits: BLAKE2b-128 over the length-prefixed UTF-8 parts.

    Convention: the first part is the kind of thing (``incident``, ``person`` ...), the second the
    feed or issuing agency, the rest the source's own key.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return digest.hexdigest()


def to_view(keys: Sequence[str | None], view_key: bytes) -> list[str | None]:
    """Record keys as a view shows them: one AES-256 block each, nulls stay null.

    A permutation of 128-bit values: distinct keys stay distinct, and ``from_view`` undoes it.
    """
    return _permute(keys, view_key, encrypt=True)


def from_view(keys: Sequence[str | None], view_key: bytes) -> list[str | None]:
    """The record keys behind a view's keys (for storing a user's decision)."""
    return _permute(keys, view_key, encrypt=False)


def token(view_key: bytes, *parts: str) -> str:
    """A keyed 128-bit token: equal values are recognisable inside one view and nowhere else."""
    message = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return hmac.digest(view_key, message, "sha256").hex()[:32]


def _permute(keys: Sequence[str | None], view_key: bytes, *, encrypt: bool) -> list[str | None]:
    # A single independent block per key: ECB is exactly the keyed permutation that is wanted here.
    cipher = Cipher(algorithms.AES(view_key), modes.ECB())  # noqa: S305
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    present = bytes.fromhex("".join(key for key in keys if key is not None))
    permuted = (context.update(present) + context.finalize()).hex()
    blocks = iter(range(0, len(permuted), 32))
    result: list[str | None] = []
    for key in keys:
        if key is None:
            result.append(None)
            continue
        start = next(blocks)
        result.append(permuted[start : start + 32])
    return result
