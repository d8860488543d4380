"""Documents: entered with exact units, refused with paths, corrected with evidence, imported whole or not at all."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.documents import (
    DispatchAdviceChanges,
    DispatchAdviceIn,
    PurchaseOrderChanges,
    PurchaseOrderIn,
)
from domain.errors import Invalid, NotFound, Refusal
from domain.licences import LicenceNotValid
from services import documents
from services.documents import DocumentView
from services.permissions import NotPermitted
from tests.services.company import Company, advice, advised, at_site, order, powerless
from tests.services.deliveries import delivery


async def post(company: Company, body: dict[str, Any], **more: Any) -> DocumentView:
    actor = more.pop("actor", company.admin)
    if "ordered_on" in body:
        return await documents.post(company.platform, PurchaseOrderIn.model_validate(body), actor=actor)
    return await documents.post(company.platform, DispatchAdviceIn.model_validate(body), actor=actor)


def line(**more: Any) -> dict[str, Any]:
    return {"line": 1, "material": "M1", "quantity": 10, "unit": "盒", **more}


async def problems(company: Company, body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        await post(company, body)
    return [(problem.field, problem.code) for problem in refused.value.fields]


async def refusals(company: Company) -> list[str]:
    c = t.audit_event.c
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(c.action).where(c.refused).order_by(c.id))
    return [row["action"] for row in rows]


async def test_quantities_become_base_units_exactly(company: Company) -> None:
    made = await post(
        company, order("PO1", line(quantity="2.5", unit="件"), line(line=2, quantity=36, unit="片"))
    )
    assert [(one.quantity, one.entered_quantity, one.entered_unit) for one in made.lines.items] == [
        (25, "2.5", "件"),
        (3, "36", "片"),
    ]
    assert (made.document.state, made.document.version, made.document.line_count) == ("open", 1, 2)


async def test_everything_wrong_is_told_at_once_with_its_path(company: Company) -> None:
    body = order(
        "PO1",
        line(material="X"),
        line(line=2, unit="托"),
        line(line=3, quantity="0.3", unit="盒"),
        line(line=4, quantity=5, unit="片"),
        supplier="C1",
        site="NOWHERE",
    )
    assert await problems(company, body) == [
        ("site", "site_unknown"),
        ("supplier", "supplier_unknown"),
        ("lines[0].material", "material_unknown"),
        ("lines[1].unit", "unit_unknown"),
        ("lines[2].quantity", "quantity_not_whole"),
        ("lines[3].quantity", "quantity_not_whole"),
    ]
    assert await refusals(company) == ["create.document"]


async def test_no_order_to_a_supplier_whose_licence_expired_yesterday_or_is_out_of_scope(
    company: Company,
) -> None:
    with pytest.raises(LicenceNotValid, match="expired"):
        await post(company, order(supplier="S2"))
    with pytest.raises(LicenceNotValid, match="cold_chain"):
        await post(company, order("PO1", line(material="M2"), supplier="S3"))
    with pytest.raises(LicenceNotValid, match="special_control"):
        await post(company, order("PO1", line(material="M3"), supplier="S3"))
    assert (await post(company, order(supplier="S3"))).document.party == "S3"


async def test_the_same_number_of_the_same_supplier_is_a_conflict(company: Company) -> None:
    await post(company, order())
    with pytest.raises(documents.DocumentExists):
        await post(company, order())
    await post(company, order(supplier="S3"))
    with pytest.raises(documents.AmbiguousDocument):
        await documents.get(company.platform, "PO1", actor=company.admin)


async def test_an_advice_tells_cold_chain_and_binds_serials_to_their_quantity(company: Company) -> None:
    made = await post(company, advice("DA1", advised(material="M2", quantity=2, serials=["a", "b"])))
    assert made.document.header["cold_chain"] is True
    assert made.document.header["special_control"] is False
    assert made.lines.items[0].data["serials"] == ["a", "b"]
    assert await problems(company, advice("DA2", advised(serials=["a"]))) == [
        ("lines[0].serials", "serials_incomplete")
    ]


async def test_hostile_text_is_kept_as_it_is(company: Company) -> None:
    hostile = "<script>'); DROP TABLE document;--"
    made = await post(company, advice("DA1", carrier=hostile, vehicle="％_"))
    assert made.document.header["carrier"] == hostile


async def test_who_may_not_write_or_see_a_site_is_refused(company: Company) -> None:
    made = await post(company, order())
    with pytest.raises(NotPermitted):
        await post(company, order("PO2"), actor=powerless(company))
    elsewhere = at_site(company, UUID(int=1))
    with pytest.raises(NotPermitted):
        await post(company, order("PO2"), actor=elsewhere)
    with pytest.raises(NotFound):
        await documents.get(company.platform, made.document.id, actor=elsewhere)
    assert (await documents.list_documents(company.platform, actor=elsewhere)).items == []
    here = at_site(company, company.site_id)
    assert (await documents.get(company.platform, "PO1", actor=here)).document.number == "PO1"


async def test_lists_are_filtered_and_paged(company: Company) -> None:
    for number in range(5):
        await post(company, order(f"PO{number}"))
    await post(company, advice(purchase_order="PO1"))
    first = await documents.list_documents(
        company.platform, actor=company.admin, kind="purchase_order", limit=3
    )
    assert [row.number for row in first.items] == ["PO4", "PO3", "PO2"]
    second = await documents.list_documents(
        company.platform, actor=company.admin, kind="purchase_order", limit=3, after=first.next
    )
    assert [row.number for row in second.items] == ["PO1", "PO0"]
    assert second.next is None
    found = await documents.list_documents(
        company.platform, actor=company.admin, text="da", party="S1", site="SH1"
    )
    assert [row.kind for row in found.items] == ["dispatch_advice"]
    assert (await documents.list_documents(company.platform, actor=company.admin, text="%")).items == []


async def test_lines_come_in_pages(company: Company) -> None:
    made = await post(company, order("PO1", *(line(line=number) for number in range(1, 8))))
    page = await documents.lines(company.platform, made.document.id, actor=company.admin, limit=5)
    rest = await documents.lines(company.platform, "PO1", actor=company.admin, limit=5, after=page.next)
    assert [one.line_no for one in [*page.items, *rest.items]] == [1, 2, 3, 4, 5, 6, 7]


async def correct(company: Company, document_id: UUID, changes: Any, **more: Any) -> int:
    return await documents.correct(
        company.platform,
        document_id,
        **{"version": 1, "reason": "录入错误", "actor": company.admin, "changes": changes, **more},
    )


async def test_a_correction_is_a_new_version_with_before_after_and_reason(company: Company) -> None:
    made = await post(company, order("PO1", line(), line(line=2)))
    changes = PurchaseOrderChanges.model_validate(
        {"ordered_on": "2026-11-02", "lines": [line(quantity=12), line(line=3)]}
    )
    assert await correct(company, made.document.id, changes) == 2
    now = await documents.get(company.platform, "PO1", actor=company.admin)
    assert now.document.version == 2
    assert [(one.line_no, one.quantity) for one in now.lines.items] == [(1, 12), (3, 10)]
    (change,) = now.changes
    assert (change.before["ordered_on"], change.after["ordered_on"]) == ("2026-11-01", "2026-11-02")
    assert (change.before["lines"]["1"]["quantity"], change.after["lines"]["1"]["quantity"]) == (10, 12)
    assert change.before["lines"]["3"] is None
    assert change.after["lines"]["2"]["data"] == {"removed": True}
    assert (change.reason, change.actor) == ("录入错误", "admin")


async def test_a_removed_line_can_come_back(company: Company) -> None:
    made = await post(company, order("PO1", line(), line(line=2)))
    await correct(company, made.document.id, PurchaseOrderChanges.model_validate({"lines": [line()]}))
    both = PurchaseOrderChanges.model_validate({"lines": [line(), line(line=2)]})
    assert await correct(company, made.document.id, both, version=2) == 3
    now = await documents.get(company.platform, "PO1", actor=company.admin)
    assert [one.line_no for one in now.lines.items] == [1, 2]


async def test_a_correction_without_reason_change_or_current_version_is_refused(company: Company) -> None:
    made = await post(company, order())
    later = PurchaseOrderChanges.model_validate({"ordered_on": "2026-11-02"})
    same = PurchaseOrderChanges.model_validate({"ordered_on": "2026-11-01"})
    for changes, more in (
        (later, {"reason": "  "}),
        (later, {"version": 7}),
        (same, {}),
        (PurchaseOrderChanges(), {}),
        (DispatchAdviceChanges(carrier="x"), {}),
        (later, {"actor": powerless(company)}),
        (PurchaseOrderChanges.model_validate({"lines": [line(material="X")]}), {}),
    ):
        with pytest.raises(Refusal):
            await correct(company, made.document.id, changes, **more)
    assert (await documents.get(company.platform, "PO1", actor=company.admin)).changes == []
    assert await refusals(company) == ["correct.document"] * 7


async def test_once_in_process_only_some_fields_may_be_corrected(company: Company) -> None:
    run = await delivery(company)
    await run.match()
    lines = DispatchAdviceChanges.model_validate({"lines": [advised(quantity=1)]})
    with pytest.raises(documents.DocumentNotCorrectable):
        await correct(company, run.advice_id, lines)
    assert await correct(company, run.advice_id, DispatchAdviceChanges(vehicle="沪A00002")) == 2
    receipt = UUID(run.outputs["receiving.match_order"]["receipt"])
    with pytest.raises(documents.DocumentNotCorrectable):
        await correct(company, receipt, DispatchAdviceChanges(vehicle="x"))
    with pytest.raises(documents.DocumentNotCorrectable):
        await documents.cancel(company.platform, run.advice_id, version=2, reason="x", actor=company.admin)


async def test_a_cancelled_document_cannot_be_corrected(company: Company) -> None:
    made = await post(company, order())
    await documents.cancel(company.platform, made.document.id, version=1, reason="误录", actor=company.admin)
    assert (await documents.get(company.platform, "PO1", actor=company.admin)).document.state == "cancelled"
    with pytest.raises(documents.DocumentNotCorrectable):
        await correct(
            company, made.document.id, PurchaseOrderChanges.model_validate({"lines": [line()]}), version=2
        )
    with pytest.raises(NotFound):
        await correct(company, UUID(int=1), PurchaseOrderChanges.model_validate({"lines": [line()]}))


async def test_a_document_shows_what_follows_from_it(company: Company) -> None:
    run = await delivery(company)
    await run.match()
    view = await documents.get(company.platform, run.advice_id, actor=company.admin)
    assert [row.kind for row in view.followed_by] == ["receipt"]
    assert view.followed_by[0].number == "SH-DA1"
