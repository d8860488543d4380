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
