"""What must hold on every path, in the browser: read on any version; ticked, added and taken out in a draft."""

from __future__ import annotations

import re
from uuid import UUID

import httpx

from domain.sop_definition import Text
from domain.yaml_text import read
from services import sop_catalogue, sop_editing, sop_files
from tests.ui.house import HOSTILE, KEY, House


async def own_draft(house: House, text: str = "") -> str:
    """A draft of the author's own, the shipped procedure unless another text is given; its address."""
    author, platform = await house.actor("author"), house.world.platform
    row = await sop_editing.begin(platform, text or sop_files.newest(KEY).text, actor=author)
    return f"/sops/{KEY}/versions/{row.id}"


async def kept(house: House, href: str) -> list[object]:
    """The proofs that the draft has."""
    author, platform = await house.actor("author"), house.world.platform
    found = await sop_catalogue.get_version(platform, KEY, UUID(href[-36:]), actor=author)
    return list(read(found.source).data.get("proofs", []))


async def english(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "en", "csrf": client.headers["X-CSRF-Token"]})


async def test_anybody_who_reads_a_version_reads_what_must_hold(house: House) -> None:
    async with house.as_person("admin") as client:
        version = (await client.get(f"/sops/{KEY}/versions/1")).text
        assert f'href="/sops/{KEY}/versions/1/proofs"' in version
        page = (await client.get(f"/sops/{KEY}/versions/1/proofs")).text
        assert "没有“逐批验收”的签名，任何路径都不会将药品入合格品库" in page
        assert "成立" in page and "不成立" not in page
        assert "/tick" not in page and "/untick" not in page and "/add" not in page
        await english(client)
        page = (await client.get(f"/sops/{KEY}/versions/1/proofs")).text
        assert "No path books stock in without a signature on “Acceptance batch by batch”" in page
        assert re.search(r"\d+ situations looked at, at most 20000", page)
        assert (await client.get(f"/sops/{KEY}/versions/99/proofs")).status_code == 404


async def test_a_failing_sentence_walks_its_path_on_the_flowchart(house: House) -> None:
    text = sop_files.newest(KEY).text
    skipped = text.replace("  - id: acceptance\n", "  - id: acceptance\n    when: match.cold_chain\n", 1)
    href = await own_draft(house, skipped)
    async with house.as_person("author") as client:
        page = (await client.get(f"{href}/proofs")).text
        assert "不成立" in page
        assert "逐批验收（跳过）" in page
        marked = dict(re.findall(r'<g class="node is-\w+ mark-(\w+)"><title>([^<·]+)', page))
        assert marked["failed"].strip() == "入库"
        assert "walked" in marked


async def test_sentences_are_ticked_added_and_taken_out(house: House) -> None:
    href = await own_draft(house)
    before = await kept(house, href)
    async with house.as_person("author") as client:
        page = (await client.get(f"{href}/proofs")).text
        revision = re.findall(r'name="revision" value="(\d+)"', page)[0]
        offer = {
            "revision": revision,
            "proof": '{"never": {"deed": "book_in"}, "without": {"signed": "put_away"}}',
        }
        assert (await client.post(f"{href}/proofs/tick", data=offer)).status_code == 303
        assert len(await kept(house, href)) == len(before) + 1
        # The page that is open elsewhere is not the newest any more.
        stale = await client.post(f"{href}/proofs/untick", data=offer)
        assert stale.status_code == 409
        page = (await client.get(f"{href}/proofs")).text
        revision = re.findall(r'name="revision" value="(\d+)"', page)[0]
        parts = {
            "revision": revision,
            "after": "excursion_decision|keep",
            "says": "deed|book_in",
            "without": "",
        }
        assert (await client.post(f"{href}/proofs/add", data=parts)).status_code == 303
        last = (await kept(house, href))[-1]
        assert last == {
            "never": {"deed": "book_in"},
            "after": {"step": "excursion_decision", "outcome": "keep"},
        }
        page = (await client.get(f"{href}/proofs")).text
        assert "“超温处置决定”结果为“维持锁定”之后，任何路径都不会将药品入合格品库" in page
        revision = re.findall(r'name="revision" value="(\d+)"', page)[0]
        gone = await client.post(f"{href}/proofs/untick", data={**offer, "revision": revision})
        assert gone.status_code == 303
        assert offer["proof"] not in str(await kept(house, href))
        assert len(await kept(house, href)) == len(before) + 1


async def test_what_is_no_sentence_or_no_draft_of_ones_own_is_refused(house: House) -> None:
    href = await own_draft(house)
    async with house.as_person("author") as client:
        for parts in ({"says": "deed|book_in"}, {"says": ""}, {"says": HOSTILE, "without": HOSTILE}):
            refused = await client.post(f"{href}/proofs/add", data={"revision": "1", **parts})
            assert refused.status_code == 422
            assert "所选内容不成一句" in refused.text
            assert "<script>alert" not in refused.text
        hostile = await client.post(f"{href}/proofs/tick", data={"revision": "1", "proof": HOSTILE})
        assert hostile.status_code == 422
        first = await sop_catalogue.get_version(
            house.world.platform, KEY, 1, actor=await house.actor("author")
        )
        frozen = f"/sops/{KEY}/versions/{first.row.id}/proofs/tick"
        offer = '{"never": {"deed": "book_in"}, "without": {"persons": "any"}}'
        assert (await client.post(frozen, data={"revision": "1", "proof": offer})).status_code == 409
    async with house.as_person("li") as client:
        assert (await client.post(f"{href}/proofs/tick", data={"proof": offer})).status_code == 403


async def test_an_incomplete_draft_says_that_it_is_one(house: House) -> None:
    href = await own_draft(house)
    author, platform = await house.actor("author"), house.world.platform
    broken = lambda data: {**data, "steps": [{"id": "half"}, *data["steps"]]}  # noqa: E731
    what = {"zh": "试", "en": "try"}
    await sop_editing.change(platform, UUID(href[-36:]), broken, what=Text(**what), revision=1, actor=author)
    async with house.as_person("author") as client:
        page = await client.get(f"{href}/proofs")
        assert page.status_code == 200
        assert "草稿尚不完整" in page.text
        lost = await client.post(f"{href}/proofs/add", data={"revision": "2", "says": "deed|book_in"})
        assert lost.status_code == 422
