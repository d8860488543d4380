"""Services: what a transfer carried, as its note says it - batch by batch, and what became of it (GSP 73-81).

Until it has arrived the note goes with the goods: then only what was sent is known, the rest is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domain.both_languages import half
from services.note_parts import Sayer, Words
from services.print_notes import NoteTable

if TYPE_CHECKING:
    from services.documents import DocumentView, TransferredBatch

TITLE: Words = ("批号明细", "Batches")
COLUMNS: Sequence[tuple[Words, int]] = (
    (("品名", "Material"), 14),
    (("规格", "Specification"), 10),
    (("生产企业", "Manufacturer"), 12),
    (("批号", "Batch"), 10),
    (("生产日期", "Produced"), 8),
    (("有效期至", "Expiry"), 8),
    (("单位", "Unit"), 5),
    (("发出", "Sent"), 6),
    (("收到", "Received"), 7),
    (("途中短少", "Missing on the way"), 7),
    (("多到", "Too many"), 6),
    (("合格", "Accepted"), 7),
    (("不合格", "Rejected"), 7),
    (("归入召回", "Left to a recall"), 7),
)
FIRST_FIGURE = 7
GIVEN_UP: Words = ("中途撤回", "Given up on the road")
BACK: Sequence[tuple[Words, int]] = (
    (("品名", "Material"), 14),
    (("批号", "Batch"), 10),
    (("单位", "Unit"), 5),
    (("数量", "Quantity"), 7),
    (("发出时间", "Left at"), 13),
    (("退回时间", "Came back at"), 13),
    (("货位", "Place"), 9),
    (("仍待验", "Still in quarantine"), 8),
    (("原因", "Reason"), 16),
)
ARRIVED: Words = ("到货", "arrived")
RECOUNT: Words = ("已到货，正在复点", "arrived, being counted again")
MISSING: Words = ("途中短少", "missing on the way")
SURPLUS: Words = ("多于发出", "more came than was sent")
AND: Words = ("，", ", ")


def tables(say: Sayer, found: DocumentView) -> list[NoteTable]:
    """The batches of a transfer, and what came back from the road; none of other documents."""
    return [*_carried(say, found), *_given_up(say, found)]


def _carried(say: Sayer, found: DocumentView) -> list[NoteTable]:
    if not found.transferred:
        return []
    arrived = bool(found.document.header.get("result"))
    rows = [_row(say, one, arrived=arrived) for one in found.transferred]
    figures = range(FIRST_FIGURE, len(COLUMNS))
    labels, widths = [say.word(words) for words, _width in COLUMNS], [width for _words, width in COLUMNS]
    return [NoteTable(say.word(TITLE), labels, rows, list(figures), widths)]


def _given_up(say: Sayer, found: DocumentView) -> list[NoteTable]:
    if not found.given_up:
        return []
    rows = [
        [
            say.word((one.material_name_zh, one.material_name_en or one.material_name_zh)),
            one.batch_number,
            one.base_unit,
            str(one.quantity),
            say.instant(one.left_at),
            say.instant(one.came_at),
            f"{one.site} {one.location}",
            str(one.waiting),
            half(one.reason, ("zh", "en")[say.at]),
        ]
        for one in found.given_up
    ]
    labels, widths = [say.word(words) for words, _width in BACK], [width for _words, width in BACK]
    return [NoteTable(say.word(GIVEN_UP), labels, rows, [3, 7], widths)]


def _row(say: Sayer, one: TransferredBatch, *, arrived: bool) -> list[str]:
    known = [one.received, one.missing, one.surplus, one.accepted, one.rejected, one.recalled]
    return [
        say.word((one.material_name_zh, one.material_name_en or one.material_name_zh)),
        one.specification,
        one.manufacturer,
        one.batch_number,
        *(day.isoformat() if day else "" for day in (one.produced_on, one.expires_on)),
        one.base_unit,
        str(one.sent),
        *(str(figure) if arrived else "" for figure in known),
    ]


def result(say: Sayer, header: Mapping[str, Any]) -> str:
    """How the goods arrived: all of them, or what was missing or too much; '' while they are on the way."""
    if not header.get("result"):
        return ""
    if header["result"] == "recount":
        return say.word(RECOUNT)
    known = (("missing", MISSING), ("surplus", SURPLUS))
    parts = [say.word(words) for name, words in known if header.get(name)]
    return say.word(AND).join(parts) or say.word(ARRIVED)
