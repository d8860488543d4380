"""The page of an evidence package: chosen, looked at, made with its progress told, by who may only read too."""

from __future__ import annotations

import re
from html import unescape

import pytest

from services import evidence_package
from services import evidence_package_verifier as verifier
from tests.ui.house import House
from tests.ui.test_auditor import AUDITOR, made_auditor

ADDRESS = "/evidence/package"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker seals here."""
    monkeypatch.setattr(evidence_package, "SEALED_WITHIN_S", 0.25)


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(("language", "named"), [("zh", "证据包"), ("en", "Evidence package")])
async def test_an_auditor_takes_a_package_along(house: House, language: str, named: str) -> None:
    await made_auditor(house)
    run = await house.run("PACKAGE-1")
    async with house.as_person(AUDITOR) as client:
        await client.post("/language", data={"language": language})
        shown = (await client.get(f"/runs/{run}")).text
        assert f"{ADDRESS}?of=run&amp;ref={run}" in shown and named in shown
        page = (await client.get(f"{ADDRESS}?of=run&ref={run}")).text
        assert {"zh": "1 个流程", "en": "1 run"}[language] in page
        fields = {"csrf": token(page), "of": "run", "ref": str(run)}
        told = await client.post(ADDRESS, data=fields, headers={"X-Progress": "1"})
        plain = await client.post(ADDRESS, data=fields)
    head, _, rest = told.content.partition(b"file ")
    assert head == b"run 0 1\nrun 1 1\n"
    name, _, data = rest.partition(b"\n")
    assert re.fullmatch(rb"evidence-run-\d{8}T\d{6}\.zip", name)
    for content in (data, plain.content):
        found = verifier.check(content)
        assert [one.code for one in found.findings] == ["manifest_unsealed"]
    assert plain.headers["content-disposition"].startswith('attachment; filename="evidence-run-')


async def test_what_cannot_be_packed_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await made_auditor(house)
    run = await house.run("PACKAGE-2")
    async with house.as_person(AUDITOR) as client:
        empty = (await client.get(ADDRESS)).text
        assert "data-package" not in empty
        unclear = await client.get(f"{ADDRESS}?of=period&since=2026-01-01")
        assert (unclear.status_code, "data-package" in unclear.text) == (422, False)
        assert (await client.get(f"{ADDRESS}?of=run&ref=nothing")).status_code == 404
        past = unescape((await client.get(f"{ADDRESS}?of=period&since=2001-01-01&until=2001-01-02")).text)
        assert "没有您可以查看的流程或库存变动" in past and "data-package" not in past
        idle = (await client.get(f"{ADDRESS}?of=person&ref={AUDITOR}")).text
        assert "0 个流程" in idle and "data-package" in idle
        monkeypatch.setattr(evidence_package, "MOST_RUNS", 0)
        fields = {"csrf": token(empty), "of": "run", "ref": str(run)}
        told = await client.post(ADDRESS, data=fields, headers={"X-Progress": "1"})
        assert told.text.startswith("refused 该范围有 1 个流程")
        assert (await client.post(ADDRESS, data=fields)).status_code == 422
    async with house.as_person("li") as client:
        assert (await client.get(f"{ADDRESS}?of=run&ref={run}")).status_code == 403
        assert ADDRESS not in (await client.get(f"/runs/{run}")).text


async def test_who_comes_while_others_are_being_made_is_told_so_on_the_page(house: House) -> None:
    run = await house.run("PACKAGE-9")
    async with house.as_person("zheng") as client:
        page = (await client.get(f"{ADDRESS}?of=run&ref={run}")).text
        fields = {"csrf": token(page), "of": "run", "ref": str(run)}
        with evidence_package.MADE.one(), evidence_package.MADE.one():
            plain = await client.post(ADDRESS, data=fields)
            told = await client.post(ADDRESS, data=fields, headers={"X-Progress": "1"})
    assert plain.status_code == 429 and "秒后再试" in plain.text
    assert told.text.startswith("refused ") and "秒后再试" in told.text
