"""What a scan or a text may mean as the beginning of a trace, and for whom."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.session import Database
from domain.packages_in import PackageIn
from services import packages, trace, trace_search
from services.actions import ACTIONS, UNDOS
from services.permissions import NotPermitted
from services.stock import AmbiguousBatch
from services.trace import Start
from tests.goods import GTINS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """A company with stock, of which nothing is under way."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    yield Outbound(await make_world(opened, engine), engine)
    await opened.close()


async def meant(outbound: Outbound, text: str, who: str = "admin") -> list[tuple[str, str]]:
    actor = await outbound.world.actor(who)
    return [
        (one.kind, one.name) for one in await trace_search.find(outbound.world.platform, text, actor=actor)
    ]


async def test_a_code_means_its_piece_or_its_batch_and_goods_alone_all_their_batches(
    outbound: Outbound,
) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    await outbound.stock("A-01", "M1", "B2", 5)
    await outbound.stock("A-01", "M3", "B1", 5)
    assert await meant(outbound, gs1("M1", "B1", "S2")) == [("serial", "S2")]
    assert await meant(outbound, gs1("M1", "B1", "S9")) == [("batch", "B1")]
    assert await meant(outbound, gs1("M1", "B2")) == [("batch", "B2")]
    assert await meant(outbound, GTINS["M1"]) == [("batch", "B2"), ("batch", "B1")]
    assert await meant(outbound, gs1("M1", "B9")) == []
    assert await meant(outbound, "S2") == [("serial", "S2")]


async def test_a_text_means_everything_that_has_it(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "SO-1", 5)
    await outbound.stock("A-01", "M3", "SO-1", 5)
    await outbound.order(("M1", 1), number="SO-1")
    assert await meant(outbound, "SO-1") == [("batch", "SO-1"), ("batch", "SO-1"), ("document", "SO-1")]
    assert await meant(outbound, " M3:SO-1\r") == [("batch", "SO-1")]
    assert await meant(outbound, "乙医") == [("party", "乙医院")]
    assert await meant(outbound, "%") == []
    assert await meant(outbound, "KONG") == [("person", "KONG")]
    assert await meant(outbound, "") == []
    with pytest.raises(AmbiguousBatch) as refused:
        await trace.trace(
            outbound.world.platform, Start(batch="SO-1"), actor=await outbound.world.actor("admin")
        )
    assert len(str(refused.value.params["ids"]).split(", ")) == 2


async def test_a_case_is_found_by_both_its_codes_at_the_sites_that_one_sees(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 5)
    admin = await outbound.world.actor("admin")
    contents = [{"batch": "M1:B1", "quantity": 2}]
    body = {"site": "SH1", "location": "A-01", "contents": contents, "trace_code": "89901230000000000017"}
    case = await packages.create(outbound.world.platform, PackageIn.model_validate(body), actor=admin)
    for code in (case.head.sscc, f"00{case.head.sscc}", "89901230000000000017"):
        assert await meant(outbound, code) == [("package", case.head.sscc)], code
    far = tuple(replace(one, site_id=outbound.world.sites["UR1"]) for one in admin.assignments)
    elsewhere = await trace_search.find(
        outbound.world.platform, case.head.sscc, actor=replace(admin, assignments=far)
    )
    assert elsewhere == []


async def test_who_may_not_read_stock_finds_nothing_to_trace(outbound: Outbound) -> None:
    with pytest.raises(NotPermitted):
        await meant(outbound, "B1", "sun")
