"""Services: the shipping note that goes with the goods (随货同行单, GSP 73, 95), set from the shipment.

Nothing on it is typed anew: goods, batches, packages, people and times stand in the shipment. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from db.queries import documents_read, record_names
from db.queries import packages as package_queries
from db.session import Reader
from services.documents import DocumentLine, DocumentRow, DocumentView
from services.note_parts import COLON, SIGNATURES, Sayer, Words
from services.print_notes import Note, NoteTable
from services.record_words import CODES

COLUMNS: tuple[tuple[Words, int], ...] = (
    (("序号", "No."), 4),
    (("通用名称", "Generic name"), 13),
    (("剂型", "Form"), 9),
    (("规格", "Specification"), 10),
    (("批准文号", "Approval no."), 10),
    (("持有人 / 生产企业", "Holder / manufacturer"), 14),
    (("批号", "Batch"), 9),
    (("生产日期", "Produced"), 8),
    (("有效期至", "Expiry"), 8),
    (("单位", "Unit"), 6),
    (("数量", "Quantity"), 7),
    (("质量状况", "Quality"), 8),
    (("箱号", "Packages"), 8),
)
QUANTITY = 10
CANCELLED: Words = ("本出库单已取消，货物未发出", "This shipment was cancelled; the goods have not left")


async def build(tx: Reader, found: DocumentView, language: str) -> Note:
    """The note of a shipment in a language."""
    row, header = found.document, found.document.header
    say = Sayer(language, row.time_zone)
    at = say.at
    lines = [line for line in found.lines.items if line.quantity]
    packages = await package_queries.of_document(tx, row.id)
    transport = CODES["transport_mode"].get(str(header.get("transport_mode")), ("", ""))[at]
    facts = [
        (("购货单位", "Buyer")[at], row.party_name or ""),
        (("收货地址", "Deliver to")[at], await _deliver_to(tx, row)),
        (("发货地点", "Shipped from")[at], (row.site_zh, row.site_en)[at]),
        (("销售订单", "Sales order")[at], str(header.get("sales_order", ""))),
        (("承运单位", "Carrier")[at], str(header.get("carrier", ""))),
        (("车牌号", "Vehicle")[at], str(header.get("vehicle", ""))),
        (("驾驶员", "Driver")[at], str(header.get("driver", ""))),
        (("运输方式", "Transport")[at], transport),
        (("装车温度", "Temperature when loaded")[at], say.temperature(header.get("temperature"))),
        (("保温箱或记录仪", "Box or logger")[at], str(header.get("container", ""))),
        (("装车时间", "Loaded at")[at], say.instant(header.get("loaded_at"))),
        (("发运时间", "Shipped at")[at], say.instant(header.get("shipped_at"))),
        (("件数", "Packages")[at], str(header.get("packages") or len(packages))),
    ]
    return Note(
        title=("随货同行单（出库复核单）", "Shipping note (outbound review)")[at],
        number=row.number,
        issuer=await record_names.issuer(tx, row.id, language),
        facts=[(label, value) for label, value in facts if value],
        tables=[_goods(lines, found.people, at), *_packages(packages, at)],
        signatures=say.signatures(found),
        signatures_title=say.word(SIGNATURES),
        blanks=[("收货人签字", "Received by")[at], ("收货日期", "Date")[at]],
        remarks=_serials(lines, at),
        footer=("本单由系统根据出库记录生成", "Set by the system from the record of the shipment")[at],
        changed=say.changed(found, CANCELLED),
        language=language,
    )


async def _deliver_to(tx: Reader, row: DocumentRow) -> str:
    """The address on the sales order (GSP 73); '' where it has none."""
    if row.source_document_id is None:
        return ""
    found = await documents_read.one(tx, row.source_document_id, None, "sales_order")
    return str(found[0].header.get("deliver_to", "")) if found else ""


def _goods(lines: list[DocumentLine], people: Mapping[str, str], at: int) -> NoteTable:
    del people
    rows = []
    for number, line in enumerate(lines, 1):
        data = line.data
        makers = dict.fromkeys(name for name in (data.get("holder"), data.get("manufacturer")) if name)
        rows.append(
            [
                str(number),
                str(data.get("generic_name", "")),
                str(data.get("dosage_form", "")),
                str(data.get("specification", "")),
                str(data.get("approval_number", "")),
                " / ".join(map(str, makers)),
                line.batch_number or "",
                line.produced_on.isoformat() if line.produced_on else "",
                line.expires_on.isoformat() if line.expires_on else "",
                line.base_unit,
                str(line.quantity),
                ("合格", "conforming")[at] if data.get("reviewed") else "",
                _package_list(data.get("packages") or ()),
            ]
        )
    total = sum(line.quantity for line in lines)
    rows.append([("合计", "Total")[at], *[""] * (QUANTITY - 1), str(total), "", ""])
    columns = [words[at] for words, _width in COLUMNS]
    return NoteTable("", columns, rows, (QUANTITY,), [width for _words, width in COLUMNS])


def _package_list(packages: Sequence[Mapping[str, Any]]) -> str:
    """Numbers of packages, those that follow one another as a range; one without by its SSCC's end."""
    ranges: list[list[int]] = []
    for number in sorted({int(one["number"]) for one in packages if one.get("number")}):
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    unnumbered = [f"…{str(one.get('sscc', ''))[-6:]}" for one in packages if not one.get("number")]
    return ", ".join(["–".join(map(str, one)) for one in ranges] + unnumbered)


def _packages(packages: list[package_queries.PackageRef], at: int) -> list[NoteTable]:
    """The packages with their SSCCs, four in a row."""
    if not packages:
        return []
    named = [f"{one.number or '—'} · {one.sscc}" for one in packages]
    rows = [named[start : start + 4] for start in range(0, len(named), 4)]
    rows[-1] += [""] * (4 - len(rows[-1]))
    title = ("箱码（SSCC）", "Packages (SSCC)")[at]
    return [NoteTable(title, [("箱号 · 箱码", "No. · SSCC")[at]] * 4, rows)]


def _serials(lines: list[DocumentLine], at: int) -> list[str]:
    """The serials of the goods that have them, by batch."""
    return [
        f"{('追溯码', 'Serials')[at]} {line.batch_number}{COLON[at]}{', '.join(line.data['serials'])}"
        for line in lines
        if line.data.get("serials")
    ]
