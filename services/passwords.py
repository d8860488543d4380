"""Services: passwords - Argon2id in a thread of its own, one policy, kept nowhere but as a hash.

It knows no table: callers keep the hash in `credential`.
"""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import FieldProblem, Invalid

MIN_LENGTH = 10
MAX_LENGTH = 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The parameters that OWASP recommends for Argon2id: 19 MiB, two passes, one lane."""


class PasswordTooWeak(Invalid):
    code = "password_too_weak"
    zh = "密码不符合要求：{what}"
    en = "The password does not follow the policy: {what}"


def check_policy(password: str, username: str = "") -> None:
    """At least 10 characters, at most 128, and not the user name."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or (username and username in password.lower()):
        raise PasswordTooWeak(
            [
                FieldProblem(
                    "password",
                    "password_too_weak",
                    f"密码须为{MIN_LENGTH}至{MAX_LENGTH}个字符，且不含用户名",
                    f"{MIN_LENGTH} to {MAX_LENGTH} characters, without the user name",
                )
            ]
        )


async def hash_password(password: str) -> str:
    """The Argon2id hash to keep; computed in a thread."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one of the hash. Without a hash it takes as long and says no."""
    return await asyncio.to_thread(_matches, password, password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        given = password[: MAX_LENGTH * 4].encode("utf-8", "replace")
        good = _HASHER.verify(password_hash or _nobodys_hash(), given)
    except (VerificationError, InvalidHashError):
        return False
    return good and password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
