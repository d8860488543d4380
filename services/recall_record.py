"""Services: what the printed record of a recall says beside its head - the seal, the balance by consignee.

Nothing is kept as a sum: the seal is what was written down at that moment, the balance is the ledger's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.queries import recalls
from services.note_parts import Sayer, Words
from services.print_notes import NoteTable
from services.record_words import CODES

if TYPE_CHECKING:
    from db.queries.recall_seals import SealedStock
    from db.session import Reader
    from services.documents import DocumentView

SEALED: Sequence[tuple[Words, int]] = (
    (("品名", "Material"), 14),
    (("规格", "Specification"), 10),
    (("批号", "Batch"), 10),
    (("仓库", "Site"), 14),
    (("单位", "Unit"), 5),
    (("在库", "On hand"), 7),
    (("其中已预留", "Of it reserved"), 7),
    (("在途", "In transit"), 7),
    (("退货在库", "In return"), 7),
    (("移入召回区（按原状态）", "Into the recall zone, by state"), 16),
)
FIRST_SEALED = 5
CONSIGNEES: Sequence[tuple[Words, str, int]] = (
    (("客户", "Consignee"), "party_name", 16),
    (("品名", "Material"), "material_name", 14),
    (("批号", "Batch"), "batch_number", 10),
    (("单位", "Unit"), "unit", 5),
    (("发出", "Shipped"), "shipped", 7),
    (("收回", "Recovered"), "recovered", 7),
    (("已使用", "Consumed"), "consumed", 7),
    (("已销毁", "Destroyed"), "destroyed", 7),
    (("已说明", "Explained"), "explained", 7),
    (("去向不明", "Unaccounted"), "unaccounted", 8),
)
FIRST_NUMBER = 4


def facts(say: Sayer, found: DocumentView) -> list[tuple[str, str]]:
    """When the recall was opened and its batches sealed; nothing for other documents."""
    if found.seal is None:
        return []
    sealed = say.instant(found.seal.sealed_at) or say.word(("未封存", "not sealed"))
    if found.seal.drill:
        sealed = say.word(("演练，不封存", "a drill seals nothing"))
    return [
        (say.word(("召回开立", "Opened at")), say.instant(found.seal.opened_at)),
        (say.word(("封存时间", "Sealed at")), sealed),
    ]


async def tables(tx: Reader, say: Sayer, found: DocumentView) -> list[NoteTable]:
    """What was sealed where, and what each consignee got and what became of it (recall rules art. 18)."""
    if found.document.kind != "recall":
        return []
    return [*_sealed(say, found), *await _balance(tx, say, found)]


def _sealed(say: Sayer, found: DocumentView) -> list[NoteTable]:
    seal = found.seal
    if seal is None or not seal.stock:
        return []
    title = (
        ("演练时的库存（未封存）", "Stock at the drill (not sealed)")
        if seal.drill
        else ("封存明细", "Sealed")
    )
    labels, widths = [say.word(words) for words, _width in SEALED], [width for _words, width in SEALED]
    rows = [_stock(say, one) for one in seal.stock]
    numeric = list(range(FIRST_SEALED, len(SEALED) - 1))
    return [NoteTable(say.word(title), labels, rows, numeric, widths)]


def _stock(say: Sayer, one: SealedStock) -> list[str]:
    site = (one.site_zh or "两仓之间", one.site_en or "between two sites")
    states = [f"{say.word(CODES['status'][status])} {quantity}" for status, quantity in one.moved.items()]
    return [
        say.word((one.material_name_zh, one.material_name_en or one.material_name_zh)),
        one.specification,
        one.batch_number,
        say.word(site),
        one.base_unit,
        *(str(figure) for figure in (one.on_hand, one.reserved, one.in_transit, one.in_return)),
        say.word(("、", ", ")).join(states),
    ]


async def _balance(tx: Reader, say: Sayer, found: DocumentView) -> list[NoteTable]:
    rows = await recalls.consigned(tx, found.document.id)
    if not rows:
        return []
    table = [[str(value) for value in _consignee(say, row)] for row in rows]
    numeric = range(FIRST_NUMBER, len(CONSIGNEES))
    sums = [str(sum(int(row[at]) for row in table)) for at in numeric]
    table.append([say.word(("合计", "Total")), *[""] * (FIRST_NUMBER - 1), *sums])
    title = say.word(("各客户召回平衡", "Reconciliation by consignee"))
    labels = [say.word(words) for words, _source, _width in CONSIGNEES]
    return [NoteTable(title, labels, table, list(numeric), [width for *_rest, width in CONSIGNEES])]


def _consignee(say: Sayer, row: recalls.ConsignedRow) -> list[Any]:
    name = say.word((row.material_name, row.material_name_en or row.material_name))
    figures: Mapping[str, Any] = {"unaccounted": row.consigned.unaccounted, "material_name": name}
    return [figures.get(source, getattr(row, source, "")) for _words, source, _width in CONSIGNEES]
