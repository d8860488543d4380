"""The published stock ledger, loaded as the trial `ledger` does it: every balance comes out exactly."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.evidence import LoadingClosed
from ops.loading_window import loading_window
from ops.trials import ledger, openlmis_reader
from ops.trials.openlmis_reader import Published
from ops.trials.scms_reader import SharedDataMissing
from services import loaded_history
from services.permissions import NotPermitted
from tests.servers import TestDatabase
from tests.services.company import Company, company_in, powerless

PARTNERS = {"supplier": "S1", "customer": "C1", "reason": "x"}


@pytest.fixture
def published() -> Published:
    """The ledger; without the shared data the test is skipped, and says so."""
    try:
        folder: Path = openlmis_reader.shared_data()
    except SharedDataMissing as missing:
        pytest.skip(str(missing))
    return openlmis_reader.read(folder)


def test_the_ledger_is_read_whole_with_its_oddities(published: Published) -> None:
    assert (len(published.cards), len(published.movements), len(published.balances)) == (65, 2282, 1353)
    assert published.oddities["counted"] == 110
    assert published.oddities["quantity is zero"] == 15


async def test_every_published_balance_is_reproduced_exactly(
    database: TestDatabase, published: Published
) -> None:
    async with company_in(database.app_url) as company:
        found = await _reproduced(company, published, database.owner_url)
        assert found["differences"] == []
        assert (found["ok"], found["reproduced"]) == (True, 1353)


async def test_a_movement_that_is_left_out_is_noticed(database: TestDatabase, published: Published) -> None:
    arrival = next(at for at, one in enumerate(published.movements) if one.happening == "arrived")
    card = published.movements[arrival].card
    cards = {card: published.cards[card]}
    fewer = replace(
        published,
        cards=cards,
        movements=[
            one for at, one in enumerate(published.movements) if one.card == card and at != arrival
            and one.happening in {"arrived", "found", "counted"}
        ],
        balances=[one for one in published.balances if one.card == card],
    )  # fmt: skip
    async with company_in(database.app_url) as company:
        found = await _reproduced(company, fewer, database.owner_url)
        assert found["ok"] is False


async def test_history_is_loaded_by_who_may_and_while_the_window_is_open(
    database: TestDatabase, published: Published
) -> None:
    del published
    line = loaded_history.Happened("A-01", "M1", "B1", "found", 3, at=datetime(2020, 1, 1, tzinfo=UTC))
    async with company_in(database.app_url) as company:
        with pytest.raises(LoadingClosed):
            await loaded_history.load(company.platform, "SH1", [line], **PARTNERS, actor=company.admin)
        with pytest.raises(NotPermitted), loading_window(database.owner_url):
            await loaded_history.load(company.platform, "SH1", [line], **PARTNERS, actor=powerless(company))
        with loading_window(database.owner_url):
            assert (
                await loaded_history.load(company.platform, "SH1", [line], **PARTNERS, actor=company.admin)
                == 1
            )


async def _reproduced(company: Company, published: Published, owner_url: str) -> dict[str, object]:
    return await ledger.reproduce(
        company.platform,
        published,
        owner_url,
        administrator=company.admin,
        keeper=company.admin,
        entity="LE1",
    )
