"""The definitions that come with the product: they lint clean, their cases hold, the schema is up to date."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from domain.action_catalogue import CATALOGUE
from domain.decision_table import failing_tests
from domain.decision_table_coverage import uncovered
from domain.sop_bundle import Bundle, build
from domain.sop_lint import lint
from domain.sop_simulation import simulate
from domain.sop_yaml import parse, to_yaml
from domain.yaml_text import read
from services import sop_files

FILES = sop_files.definition_files()
CALLED = sop_files.called_sops()
POSTS = {
    *("receiver", "acceptor", "second_acceptor", "keeper", "picker", "reviewer", "warehouse_manager"),
    *("qa_manager", "qa_specialist", "buyer", "manager", "sales", "shipper"),
}


@pytest.fixture(params=FILES, ids=lambda file: f"{file.key}-v{file.version}")
def shipped(request: pytest.FixtureRequest) -> sop_files.SopFile:
    file: sop_files.SopFile = request.param
    return file


def test_receiving_and_acceptance_is_shipped() -> None:
    assert sop_files.newest("receiving_acceptance").version >= 1
    with pytest.raises(KeyError):
        sop_files.newest("no_such_procedure")


def test_a_shipped_definition_has_no_errors(shipped: sop_files.SopFile) -> None:
    parsed = parse(shipped.text)
    assert parsed.definition.sop == shipped.key
    findings = lint(parsed, CATALOGUE, sop_files.tables(), POSTS, called=CALLED)
    assert [str(f) for f in findings if f.severity == "error"] == []
    # What is left to a person on purpose, and nothing else.
    assert {f.rule for f in findings} <= {"refusal_unrouted", "english_missing"}


def test_the_cases_of_a_shipped_definition_hold(shipped: sop_files.SopFile) -> None:
    definition = parse(shipped.text).definition
    bundle = build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE, CALLED)
    assert len(definition.cases) >= 5
    played = {case.name: simulate(bundle, case).findings for case in definition.cases}
    assert {name: findings for name, findings in played.items() if findings} == {}


def test_a_shipped_definition_survives_being_written_and_frozen(shipped: sop_files.SopFile) -> None:
    definition = parse(shipped.text).definition
    assert parse(to_yaml(definition)).definition == definition
    bundle = build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE, CALLED)
    assert Bundle.from_json(json.loads(bundle.canonical())).sha256 == bundle.sha256


def test_a_shipped_table_passes_its_tests_and_covers_everything() -> None:
    for table in sop_files.tables().values():
        assert table.tests
        assert list(failing_tests(table)) == []
        assert list(uncovered(table)) == []


def test_the_schema_is_up_to_date_and_describes_the_shipped_definitions(shipped: sop_files.SopFile) -> None:
    schema = (sop_files.ROOT / sop_files.SCHEMA).read_text(encoding="utf-8")
    assert schema == sop_files.schema_text()
    Draft202012Validator(json.loads(schema)).validate(read(shipped.text).data)
