"""Services: what takes a core for long is done a few at a time; who comes then is told to come again.

Counted in a process: each web process has a core of its own to spare.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import Refusal

RETRY_AFTER_S = 30


class TooManyAtOnce(Refusal):
    """As many are being made as this process makes at once."""

    code = "too_many_at_once"
    kind = "limit"
    zh = "正在为其他人生成，请约 {seconds} 秒后再试"
    en = "Others are being made just now: try again in about {seconds} seconds"


class AtOnce:
    """A limit on how many of a kind are made at once."""

    def __init__(self, most: int) -> None:
        self.most, self.made = most, 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """While one is made. TooManyAtOnce."""
        if self.made >= self.most:
            raise TooManyAtOnce(seconds=RETRY_AFTER_S)
        self.made += 1
        try:
            yield
        finally:
            self.made -= 1
