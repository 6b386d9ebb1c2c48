"""What was searched for, in an address that tells nobody.

Guarantees: the address of a result page holds no name, number or date, only ciphertext that this
installation can read and only for the account that searched; so neither a proxy's log nor a
browser's history knows who was looked for, and going back works.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def seal(form: dict[str, str], key: bytes, account: str) -> str:
    """The form's values as URL-safe text. ``key``: 32 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    clear = json.dumps(form, separators=(",", ":")).encode()
    sealed = AESGCM(key).encrypt(nonce, clear, _bound_to(account))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(text: str, key: bytes, account: str) -> dict[str, str] | None:
    """The form's values, or None where the text is not from here or another account's."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        found = json.loads(AESGCM(key).decrypt(nonce, sealed, _bound_to(account)))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    return {str(name): str(value) for name, value in found.items()}


def _bound_to(account: str) -> bytes:
    return b"search:" + account.encode()
