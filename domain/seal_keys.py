"""Domain: the keys that seal evidence - Ed25519 (RFC 8032) by the `cryptography` library.

A private key is its 32-byte seed as base64url text, a public key its 32 raw bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


class SealKeyUnreadable(ValueError):
    """Text that is no private key: 32 bytes as base64url are wanted."""

    code = "seal_key_unreadable"


class SealKey:
    """A private key: signs, and tells its public half."""

    def __init__(self, seed: str) -> None:
        try:
            raw = base64.urlsafe_b64decode(seed + "=" * (-len(seed) % 4))
        except (binascii.Error, ValueError) as error:
            raise SealKeyUnreadable("the seal key is not base64url text") from error
        if len(raw) != SEED_BYTES:
            raise SealKeyUnreadable(f"the seal key has {len(raw)} bytes, {SEED_BYTES} are wanted")
        self._private = Ed25519PrivateKey.from_private_bytes(raw)

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self._private.sign(content)


def is_signed(public: bytes, content: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `public` over `content`; False for bytes that are no key either."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """SHA-256 of the public key in groups of four, for people to compare by eye."""
    digest = hashlib.sha256(public).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
