"""Services: what the head of a loaded record says, and what the record brings to an end. Knows no HTTP.

A record of the past reads like one that the system wrote: the same names in its head, the same count on its
order. What nobody can know any more - who signed - is not there.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.ids import id_at
from db.queries import documents, order_counts
from db.queries.documents import DocumentRef
from db.queries.references import MaterialRef
from db.session import Transaction
from domain.canonical import instant
from domain.loaded_records import HistoryNotWhole, PastRecord
from services import credit_notes
from services.receiving_booking import close_delivery
from services.shipping_handover import count_on_order

WITH_FACTS = frozenset(
    {"receipt", "acceptance_record", "put_away", "shipment", "sales_return", "purchase_return", "destruction"}
)
"""Kinds whose lines say again what the material is, as it was then."""


async def header(
    tx: Transaction, record: PastRecord, source: DocumentRef | None, materials: Mapping[str, MaterialRef]
) -> dict[str, Any]:
    """The head of the record's document: what was told of it, and what its kind refers to."""
    goods = [materials[line.material] for line in record.lines]
    if record.kind == "receipt":
        return {**await _of_order(tx, record, source), **record.header}
    if record.kind in {"put_away", "acceptance_record"} and source is not None:
        arrived = {"arrived_at": instant(source.occurred_at)} if record.kind == "acceptance_record" else {}
        return {**source.header, "receipt": source.number, **arrived, **record.header}
    if record.kind == "shipment" and source is not None:
        return {
            "sales_order": source.number,
            "sales_order_id": str(source.id),
            "cold_chain": any(material.cold_chain for material in goods),
            "special_control": any(material.special_control for material in goods),
            "shipped_at": instant(record.at),
            **record.header,
        }
    if record.kind == "sales_return" and source is not None:
        return {"shipment": source.number, "shipment_id": str(source.id), **record.header}
    return dict(record.header)


async def _of_order(tx: Transaction, record: PastRecord, advice: DocumentRef | None) -> dict[str, Any]:
    assert advice is not None
    assert advice.party_id is not None
    number = advice.header["purchase_order"]
    order = await documents.by_number(tx, "purchase_order", advice.party_id, number)
    if order is None:
        raise HistoryNotWhole(number=record.number, why=f"no purchase_order {number}")
    return {
        "purchase_order": order.number,
        "purchase_order_id": str(order.id),
        "dispatch_advice": advice.number,
    }


async def conclude(
    tx: Transaction, record: PastRecord, document_id: UUID, source: DocumentRef | None, *, actor_id: UUID
) -> None:
    """Count on the order what the record is of it, credit what came back, close what has come to an end."""
    if record.kind == "put_away" and source is not None:
        await close_delivery(tx, document_id, source)
    elif record.kind == "shipment" and source is not None:
        await count_on_order(tx, document_id, source.id)
    elif record.kind == "sales_return":
        returned = await documents.locked(tx, document_id, "sales_return")
        assert returned is not None
        note = id_at(record.at, "credit_note", record.party or "", record.number)
        await credit_notes.credit_loaded(tx, returned, actor_id=actor_id, occurred_at=record.at, as_id=note)
    elif record.kind == "transfer":
        gone: dict[int, int] = {}
        for line in record.lines:
            gone[line.order_line or 0] = gone.get(line.order_line or 0, 0) + line.quantity
        await order_counts.add_to_lines(tx, document_id, "shipped", gone)
        await documents.change_state(tx, document_id, "closed", header=record.header)
