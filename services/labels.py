"""Services: labels of packages, batches and places - read within the row scope, printed, audited (E6).

What a scanner reads from them is what the scan pages understand. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence

from db.queries import labels as queries
from db.queries.batches import BatchCard
from db.queries.labels import PlaceRow
from domain import labels as codes
from services import packages, places, print_labels, stock
from services.packages import PackageView
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.print_labels import Label, with_bars

Printed = tuple[str, bytes]
CONTENTS_SHOWN = 4
STORAGE: Mapping[str, tuple[str, str]] = {
    "ambient": ("常温 10–30 ℃", "ambient 10–30 °C"),
    "cool": ("阴凉 ≤20 ℃", "cool ≤20 °C"),
    "refrigerated": ("冷藏 2–8 ℃", "refrigerated 2–8 °C"),
    "frozen": ("冷冻", "frozen"),
}
ZONES: Mapping[str, tuple[str, str]] = {
    "waiting": ("待验区", "waiting"),
    "storage": ("储存区", "storage"),
    "rejected": ("不合格品区", "rejected"),
    "returned": ("退货区", "returns"),
    "recalled": ("召回区", "recall"),
    "shipping": ("发货区", "shipping"),
}


async def of_package(
    platform: Platform, code: str, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> Printed:
    """File name and PDF of a package's label, its SSCC as GS1-128; PackageUnknown for none of ours."""
    found = await packages.get(platform, code, actor=actor)
    require(actor, Permission.STOCK_READ, found.head.site_id)
    made = await print_labels.pdf(package_label(found, language))
    await _printed(platform, actor, "package", found.head.sscc, language, request_id)
    return f"{found.head.sscc}.pdf", made


async def of_batch(
    platform: Platform, ref: str, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> Printed:
    """File name and PDF of a batch's label: GTIN, expiry and batch as GS1-128."""
    card = await stock.batch(platform, ref, actor=actor)
    async with platform.database.read() as tx:
        gtin = await queries.gtin(tx, card.id)
    made = await print_labels.pdf(batch_label(card, gtin, language))
    await _printed(platform, actor, "batch", str(card.id), language, request_id)
    return f"{card.material_code}-{card.number}.pdf", made


async def of_place(
    platform: Platform, site: str, code: str, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> Printed:
    """File name and PDF of a location's label: its code as Code 128."""
    found = await places.get(platform, site, code, actor=actor)
    made = await print_labels.pdf(place_label(found, language))
    await _printed(platform, actor, "location", str(found.id), language, request_id)
    return f"{found.site}-{found.code}.pdf", made


def package_label(found: PackageView, language: str) -> Label:
    """SSCC, shipment, number, what is in it; longer contents are counted, not cut off unsaid."""
    at, head = _at(language), found.head
    site = (head.site_zh, head.site_en)[at] or head.site
    facts = [
        (("出库单", "Shipment")[at], head.document_number or ""),
        (("件号", "No.")[at], str(head.number or "")),
        (("追溯码", "Trace code")[at], head.trace_code or ""),
    ]
    rows = found.contents
    label = ("内装", "Contents")[at]
    for index, row in enumerate(rows[:CONTENTS_SHOWN]):
        name = (row.material_zh, row.material_en)[at] or row.material_zh
        said = f"{name} {row.specification} · {row.batch_number} · {row.quantity} {row.unit}"
        facts.append((label if index == 0 else "", said))
    if len(rows) > CONTENTS_SHOWN:
        more = len(rows) - CONTENTS_SHOWN
        facts.append(("", (f"另有 {more} 项", f"and {more} more")[at]))
    made = Label(
        title=("物流箱标签", "Logistic label")[at],
        code=head.sscc,
        issuer=site,
        facts=_given(facts),
        height_mm=100,
        language=language,
    )
    return with_bars(made, codes.of_package(head.sscc), bars_mm=32, module_mm=0.495)


def batch_label(card: BatchCard, gtin: str | None, language: str) -> Label:
    """Name, batch, dates, storage and maker, and bars that say GTIN, expiry and batch."""
    at = _at(language)
    facts = [
        (("规格", "Specification")[at], card.specification),
        (("生产日期", "Produced")[at], card.produced_on.isoformat() if card.produced_on else ""),
        (("有效期至", "Expiry")[at], card.expires_on.isoformat() if card.expires_on else ""),
        (("储存", "Storage")[at], _word(STORAGE, card.storage_class, at)),
        (("生产企业", "Manufacturer")[at], card.manufacturer),
    ]
    made = Label(
        title=(card.material_zh, card.material_en)[at] or card.material_zh,
        code=card.number,
        issuer=card.material_code,
        facts=_given(facts),
        large=card.number,
        no_bars=("该批号不能用条码表示", "Bars cannot say this batch number")[at],
        height_mm=75,
        language=language,
    )
    return with_bars(made, codes.of_batch(gtin, card.number, card.expires_on), bars_mm=18, module_mm=0.3)


def place_label(found: PlaceRow, language: str) -> Label:
    """The code as large as it fits, the zone it belongs to, and bars that say the code."""
    at = _at(language)
    facts = [
        (("库区", "Zone")[at], (found.zone_zh, found.zone_en)[at] or found.zone_zh),
        (("用途", "Used for")[at], _word(ZONES, found.kind, at)),
        (("储存", "Storage")[at], _word(STORAGE, found.storage_class, at)),
    ]
    made = Label(
        title=("货位", "Location")[at],
        code=found.code,
        issuer=(found.site_zh, found.site_en)[at] or found.site,
        facts=_given(facts),
        large=found.code,
        large_pt=34,
        no_bars=("该货位号不能用条码表示", "Bars cannot say this code")[at],
        language=language,
    )
    return with_bars(made, codes.of_text(found.code), bars_mm=20, module_mm=0.5)


def _at(language: str) -> int:
    return 0 if language == "zh" else 1


def _word(words: Mapping[str, tuple[str, str]], code: str, at: int) -> str:
    return words.get(code, (code, code))[at]


def _given(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in facts if value]


async def _printed(
    platform: Platform, actor: Actor, kind: str, ref: str, language: str, request_id: str
) -> None:
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.label", kind, ref, after={"language": language})
