"""Services: the parts that all printed notes share - instants, signatures, what was corrected since."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from services.print_notes import NoteSignature

if TYPE_CHECKING:
    from domain.superseded import Superseded
    from services.documents import DocumentView

Words = tuple[str, str]
"""Chinese and English."""
COLON: Words = ("：", ": ")
BACK: Words = ("已被取代：{} 退回", "Superseded: sent back {}")
AGAIN: Words = ("，{} 重做", ", done again {}")
SIGNATURES: Words = ("电子签名", "Electronic signatures")


class Sayer:
    """Says words, instants and temperatures as a note prints them, in its language and the site's zone."""

    def __init__(self, language: str, time_zone: str) -> None:
        self.at, self.zone = (0 if language == "zh" else 1), ZoneInfo(time_zone)

    def word(self, words: Words) -> str:
        """The word in the note's language."""
        return words[self.at]

    def instant(self, value: Any) -> str:
        """An instant as evidence, with seconds and offset; '' for none."""
        if not value:
            return ""
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        local = moment.astimezone(self.zone)
        offset = f"{local:%z}"
        return f"{local:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:]}"

    def temperature(self, value: Any) -> str:
        """A temperature in degrees Celsius; '' for none."""
        return f"{value} ℃" if value not in (None, "") else ""

    def signatures(self, found: DocumentView) -> list[NoteSignature]:
        """Printed name and post, meaning, instant (Part 11 11.50)."""
        return [
            NoteSignature(
                (s.meaning_zh, s.meaning_en)[self.at],
                f"{s.printed_name}（{s.post_name_zh}）"
                if self.at == 0
                else f"{s.printed_name} ({s.post_name_en})",
                self.instant(s.recorded_at),
                self.superseded(s.superseded),
            )
            for s in found.signatures
        ]

    def superseded(self, one: Superseded | None) -> str:
        """Since when a signature counts no more, and when the work was done again; '' of one that stands."""
        if one is None:
            return ""
        said = self.word(BACK).format(self.instant(one.sent_back_at))
        return said + (self.word(AGAIN).format(self.instant(one.again_at)) if one.again_at else "")

    def changed(self, found: DocumentView, cancelled: Words) -> str:
        """Whether the record was cancelled, or corrected after it was written (EU GMP annex 11, 8)."""
        if found.document.state == "cancelled":
            return self.word(cancelled)
        if not found.changes:
            return ""
        said = self.word(("；", "; ")).join(change.reason for change in found.changes)
        return f"{self.word(('本单更正过', 'Corrected after entry'))}{self.word(COLON)}{said}"
