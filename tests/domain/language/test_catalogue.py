"""The action catalogue: complete declarations, and exactly one implementation each."""

from __future__ import annotations

import pytest

from domain.action_catalogue import CATALOGUE, DOCUMENT_FIELDS, PROBE_CATALOGUE, ActionSpec, LineSetType
from domain.expressions import Environment
from services.permissions import Permission

SPECS = list({**CATALOGUE, **PROBE_CATALOGUE}.values())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_an_action_declares_everything(spec: ActionSpec) -> None:
    assert spec.title.en
    assert spec.description.en
    assert all(words.zh and words.en for words in spec.refusals.values())
    assert spec.optional <= spec.inputs.keys()
    assert spec.columns.keys() <= spec.inputs.keys()
    assert spec.permission in set(Permission)
    # An effect can be undone, or says why not; without an effect there is nothing to undo.
    assert bool(spec.effects) is bool(spec.undo or spec.irreversible)
    assert not (spec.undo and spec.irreversible)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_types_of_an_action_are_types_of_the_language(spec: ActionSpec) -> None:
    types = dict(spec.inputs)
    for name, type_ in spec.outputs.items():
        if isinstance(type_, LineSetType):
            types |= {f"{name}.{aggregate}": t for aggregate, t in type_.aggregates.items()}
            types |= {f"{name}.line.{column}": t for column, t in type_.columns.items()}
        else:
            types[name] = type_
    environment = Environment(types)
    for name in types:
        assert environment.check(name, absent_allowed=True) == types[name]


def test_documents_are_known_by_the_types_of_the_language() -> None:
    for kind, fields in DOCUMENT_FIELDS.items():
        environment = Environment({f"d.{name}": type_ for name, type_ in fields.items()})
        assert kind
        assert {environment.check(f"d.{name}") for name in fields} <= {
            "string",
            "int",
            "bool",
            "date",
            "timestamp",
        }


def test_every_action_and_every_undo_has_one_implementation() -> None:
    from services.actions import ACTIONS, UNDOS

    assert {name for name in ACTIONS if not name.startswith("probe.")} == set(CATALOGUE)
    undos = {spec.undo for spec in CATALOGUE.values() if spec.undo}
    assert {name for name in UNDOS if not name.startswith("probe.")} == undos
