"""Domain: the bundle - a definition frozen with everything it uses, in canonical form with its SHA-256.

A run carries its bundle in its own history: nothing outside can change what it does. The bundle holds the
definition without its cases, proofs and quiz (reviewed, not executed), the decision tables, the calendar and
the limits that it needs, what the catalogue said of its actions, and which version of each SOP it calls.
Defaults are left out of the canonical form, so that the language can grow without changing the hash of what
was pinned: a default once published never changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.action_catalogue import ActionSpec, LineSetType
from domain.calendars import Calendar
from domain.canonical import canonical, sha256_of
from domain.decision_table import DecisionTable, Hit, evaluate
from domain.durations import LimitEntry, Limits, LimitUnknown
from domain.errors import Refusal
from domain.expressions import Environment
from domain.sop_calls import CalledSop
from domain.sop_definition import Limit, SopDefinition, Step, Text
from domain.sop_durations import durations_of
from domain.sop_order import order_of
from domain.sop_scope import UNTIL, results_shape, scopes

MAX_BYTES = 256 * 1024
LANGUAGE = 1
NOT_EXECUTED: Mapping[str, Any] = {"cases": [], "proofs": [], "quiz": {}}
"""What of a definition is reviewed only, and stands in no bundle."""
KEPT = 64
"""Bundles that a process keeps loaded; a worker meets the same few again and again."""


class BundleTooLarge(Refusal):
    """The canonical form exceeds what a history can carry."""

    code = "bundle_too_large"
    kind = "invalid"
    zh = "流程定义过大：{size} 字节，上限 {limit}"
    en = "The definition is too large: {size} bytes, at most {limit}"


class BundleIncomplete(Refusal):
    """The definition uses an action, a table or an SOP that was not given."""

    code = "bundle_incomplete"
    kind = "invalid"
    zh = "流程定义引用了不存在的内容：{what}"
    en = "The definition uses what does not exist: {what}"


class BundleMismatch(Refusal):
    """The content is not what the hash says."""

    code = "bundle_mismatch"
    kind = "invalid"
    zh = "流程定义与其哈希值不符"
    en = "The bundle does not have the hash it was pinned with"


class PinnedAction(BaseModel):
    """What the catalogue said of an action when the bundle was made."""

    model_config = ConfigDict(frozen=True)

    version: int
    outputs: Mapping[str, str | LineSetType] = {}
    refusals: tuple[str, ...] = ()
    undo: str | None = None
    irreversible: Text | None = None
    chunked: bool = False


class PinnedCall(BaseModel):
    """The version of another SOP that is called, whatever comes later; how it can end, what it calls."""

    model_config = ConfigDict(frozen=True)

    version: int
    sha256: str
    outcomes: tuple[str, ...] = ()
    irreversible: bool = False
    reaches: tuple[str, ...] = ()


class Bundle(BaseModel):
    """A definition with what it uses. Build it with `build`, read it back with `from_json`."""

    model_config = ConfigDict(frozen=True)

    language: int = LANGUAGE
    definition: SopDefinition
    tables: Mapping[str, DecisionTable] = {}
    limits: Mapping[str, Mapping[str, Mapping[str, LimitEntry]]] = {}
    calendar: Calendar = Calendar()
    actions: Mapping[str, PinnedAction] = {}
    order: Mapping[str, tuple[str, ...]] = {}
    calls: Mapping[str, PinnedCall] = {}

    @cached_property
    def _canonical(self) -> bytes:
        return canonical(self.to_json())

    @cached_property
    def sha256(self) -> str:
        """SHA-256 (hex) over type, version and content, as everything of ours is hashed."""
        return sha256_of("sop_bundle", 1, bundle=self.to_json())

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Every step by its id."""
        return {step.id: step for step in self.definition.walk()}

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of this bundle, made once."""
        return Evaluator(self)

    def canonical(self) -> bytes:
        """The canonical bytes (RFC 8785); BundleTooLarge above 256 KiB."""
        if len(self._canonical) > MAX_BYTES:
            raise BundleTooLarge(size=len(self._canonical), limit=MAX_BYTES)
        return self._canonical

    def to_json(self) -> dict[str, Any]:
        """The bundle as JSON values, defaults left out."""
        return {
            "language": self.language,
            **self.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any], sha256: str | None = None) -> Bundle:
        """Reads a bundle back; BundleMismatch if it is not what `sha256` pinned. Loaded ones are kept."""
        if sha256 is not None and sha256 in _loaded:
            return _loaded[sha256]
        bundle = _read(data)
        if sha256 is not None and bundle.sha256 != sha256:
            raise BundleMismatch
        while len(_loaded) >= KEPT:
            del _loaded[next(iter(_loaded))]
        return _loaded.setdefault(bundle.sha256, bundle)


_loaded: dict[str, Bundle] = {}


def _read(data: Mapping[str, Any]) -> Bundle:
    """Reads a bundle with the keys of everything in canonical order."""
    return Bundle.model_validate(json.loads(canonical(data)))


def build(
    definition: SopDefinition,
    tables: Mapping[str, DecisionTable],
    limits: Limits,
    calendar: Calendar | None,
    catalogue: Mapping[str, ActionSpec],
    called: Mapping[str, CalledSop] | None = None,
) -> Bundle:
    """Freezes a definition with what it uses of the rest; BundleIncomplete, LimitUnknown, BundleTooLarge."""
    steps = list(definition.walk())
    names = dict.fromkeys(s.decide.table for s in steps if s.decide and s.decide.table)
    actions = dict.fromkeys(s.action for s in steps if s.action)
    calls = dict.fromkeys(s.call.sop for s in steps if s.call)
    called = called or {}
    missing = [n for n in names if n not in tables] + [a for a in actions if a not in catalogue]
    missing += [c for c in calls if c not in called]
    if missing:
        raise BundleIncomplete(what=", ".join(missing))
    durations = list(durations_of(definition))
    needed: dict[str, dict[str, Any]] = {}
    for limit in (d for d in durations if isinstance(d, Limit)):
        entries = limits.get(limit.profile, {}).get(limit.limit)
        if not entries:
            raise LimitUnknown(profile=limit.profile, limit=limit.limit, class_=limit.class_)
        needed.setdefault(limit.profile, {})[limit.limit] = entries
    counts_days = any(not isinstance(d, str) for d in durations)
    calendar = calendar if calendar and counts_days else Calendar(jurisdiction=definition.jurisdiction)
    bundle = Bundle(
        definition=definition.model_copy(update=NOT_EXECUTED),
        tables={name: tables[name] for name in names},
        limits=needed,
        calendar=calendar,
        actions={name: _pin(catalogue[name]) for name in actions},
        order={path: tuple(names) for path, names in order_of(definition).items()},
        calls={key: _pin_call(called[key]) for key in calls},
    )
    bundle.canonical()
    return _read(bundle.to_json())


def _pin(spec: ActionSpec) -> PinnedAction:
    return PinnedAction(
        version=spec.version,
        outputs=dict(spec.outputs),
        refusals=tuple(spec.refusals),
        undo=spec.undo,
        irreversible=spec.irreversible,
        chunked=spec.chunked,
    )


def _pin_call(called: CalledSop) -> PinnedCall:
    return PinnedCall(
        version=called.version,
        sha256=called.sha256,
        outcomes=called.outcomes,
        irreversible=called.irreversible,
        reaches=called.reaches,
    )


class Evaluator:
    """Evaluates a bundle's expressions in a context `{"inputs": …, "<step>": …, "run": {"now": …}}`."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._scopes = scopes(bundle.definition, bundle.actions, bundle.tables, calls=bundle.calls)
        self._environments: dict[str, Environment] = {}

    def value(self, step_id: str, expression: str, context: Mapping[str, Any]) -> Any:
        """The JSON value of an expression of the step ("" for the definition's own); ExpressionFailed."""
        return self._environment(step_id).evaluate(expression, context)

    def given(
        self, step_id: str, expressions: Mapping[str, str], context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The values of a `with`; an optional name that has no value is left out."""
        environment = self._environment(step_id)
        return {
            name: environment.evaluate(source, context)
            for name, source in expressions.items()
            if not environment.absent(source, context)
        }

    def types(self, step_id: str, expressions: Mapping[str, str]) -> dict[str, str]:
        """The types of expressions of the step; ExpressionInvalid."""
        environment = self._environment(step_id)
        return {name: environment.check(source) for name, source in expressions.items()}

    def table(self, step_id: str, context: Mapping[str, Any]) -> Hit:
        """The row of the step's decision table that applies; NoRowApplies, RowsOverlap."""
        decide = self._bundle.steps[step_id].decide
        assert decide is not None
        assert decide.table is not None
        given = self.given(step_id, decide.with_, context)
        return evaluate(self._bundle.tables[decide.table], given)

    def columns(self, step_id: str) -> Mapping[str, str]:
        """The columns of the line set that the step's work list is over, with their types."""
        human = self._bundle.steps[step_id].human
        work = human.lines if human else None
        shape = self._scopes[step_id].line_sets.get(work.of.strip()) if work else None
        return shape.columns if shape else {}

    def results(self, step_id: str) -> LineSetType:
        """The shape of the line set that the step's work list hands on."""
        human = self._bundle.steps[step_id].human
        assert human is not None
        assert human.lines is not None
        return results_shape(human.lines, self._scopes[step_id])

    def _environment(self, step_id: str) -> Environment:
        found = self._environments.get(step_id)
        if found is None:
            # A repeat's `until` sees its last pass too; its other expressions see a part of that.
            scope = self._scopes.get(step_id + UNTIL) or self._scopes[step_id]
            found = self._environments[step_id] = Environment(scope.types)
        return found
