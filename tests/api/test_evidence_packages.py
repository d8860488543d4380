"""Evidence packages over HTTP: one ZIP, by who may read the audit log, machines too."""

import pytest

from services import evidence_package
from services import evidence_package_verifier as verifier
from tests.api.house_door import Door


async def test_a_package_is_fetched_by_a_program(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_package, "SEALED_WITHIN_S", 0.25)
    run = str(await door.house.run("PACKAGE-3"))
    machine = "machine:audit.read,run.read"
    answer = await door.call(machine, "POST", "/evidence/packages", {"run": run})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["x-sealed"] == "false"
    assert verifier.check(answer.content).verdict == "incomplete"
    for body, status, code in (
        ({}, 422, "scope_unclear"),
        ({"run": run, "person": "li"}, 422, "scope_unclear"),
        ({"person": "nobody"}, 404, "not_found"),
        ({"run": "x"}, 422, "validation"),
    ):
        refused = await door.call(machine, "POST", "/evidence/packages", body)
        assert (refused.status_code, refused.json()["code"]) == (status, code), body
    refused = await door.call("li", "POST", "/evidence/packages", {"run": run})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


async def test_who_comes_while_others_are_being_made_is_told_when_to_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_package, "SEALED_WITHIN_S", 0.25)
    run = str(await door.house.run("PACKAGE-4"))
    with evidence_package.MADE.one(), evidence_package.MADE.one():
        refused = await door.call("zheng", "POST", "/evidence/packages", {"run": run})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    assert int(refused.headers["retry-after"]) == refused.json()["seconds"] > 0
    made = await door.call("zheng", "POST", "/evidence/packages", {"run": run})
    assert made.status_code == 200
