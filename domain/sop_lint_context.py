"""Domain: what the rules of the linter share - the definition with places, flow and scopes, the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from domain.action_catalogue import ActionSpec
from domain.decision_table import DecisionTable
from domain.expression_errors import ExpressionInvalid
from domain.expressions import Environment
from domain.sop_calls import CalledSop
from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_findings import Finding
from domain.sop_flow import Flow, flow_of
from domain.sop_moves import Moves
from domain.sop_scope import Scope, scopes
from domain.sop_yaml import ParsedSop
from domain.yaml_text import Path


def located(definition: SopDefinition) -> Iterator[tuple[Path, Step]]:
    """Every step with its path in the document, outer before inner."""
    yield from _located(("steps",), definition.steps)
    for name, steps in definition.sections.items():
        yield from _located(("sections", name), steps)


def _located(path: Path, steps: list[Step]) -> Iterator[tuple[Path, Step]]:
    for index, step in enumerate(steps):
        here: Path = (*path, index)
        yield here, step
        for name, body in step.bodies():
            inner = ("branches", name) if step.parallel else ("steps",)
            yield from _located((*here, step.kind, *inner), body)


@dataclass
class Lint:
    """One definition under the linter."""

    parsed: ParsedSop
    catalogue: Mapping[str, ActionSpec]
    tables: Mapping[str, DecisionTable]
    posts: AbstractSet[str] | None = None
    people: Mapping[str, AbstractSet[str]] | None = None
    called: Mapping[str, CalledSop] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    flow: Flow = field(default_factory=Flow)
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)

    @property
    def definition(self) -> SopDefinition:
        """The definition."""
        return self.parsed.definition

    @cached_property
    def moves(self) -> Moves:
        """Its moves; only of a definition whose flow is sound."""
        return Moves(self.definition)

    def walk(self) -> None:
        """Works out flow and scopes, once step ids are known to be unique."""
        self.steps = {step.id: step for step in self.definition.walk()}
        self.paths = {step.id: path for path, step in located(self.definition)}
        self.flow = flow_of(self.definition)
        self.scopes = scopes(self.definition, self.catalogue, self.tables, self.flow, self.called)

    def name(self, step: str) -> Text:
        """What a step is called in a finding: its title in quotation marks, else its id."""
        title = self.steps[step].title if step in self.steps else None
        zh, en = (title.zh, title.en or title.zh) if title else (step, step)
        return Text(zh=f"“{zh}”", en=f"“{en}”")

    def error(self, rule: str, path: Path, zh: str, en: str, step: str | None = None) -> None:
        """What makes the definition unfit for review."""
        self.findings.append(Finding("error", rule, step, *self.parsed.position_of(path), zh, en))

    def warning(self, rule: str, path: Path, zh: str, en: str, step: str | None = None) -> None:
        """What a reviewer should look at."""
        self.findings.append(Finding("warning", rule, step, *self.parsed.position_of(path), zh, en))

    def note(self, rule: str, path: Path, zh: str, en: str, step: str | None = None) -> None:
        """What will happen, as the language has it: nothing to be put right."""
        self.findings.append(Finding("note", rule, step, *self.parsed.position_of(path), zh, en))

    def type_of(
        self, path: Path, source: str, scope: str, step: str | None, *, absent_allowed: bool = False
    ) -> str | None:
        """The type of an expression, or None after its error has been noted at its line and column."""
        return self.type_among(self.scopes[scope].types, path, source, step, absent_allowed=absent_allowed)

    def type_among(
        self,
        names: Mapping[str, str],
        path: Path,
        source: str,
        step: str | None,
        *,
        absent_allowed: bool = False,
    ) -> str | None:
        """`type_of` among names of one's own."""
        try:
            return Environment(names).check(source, absent_allowed=absent_allowed)
        except ExpressionInvalid as invalid:
            line, column = self.parsed.position_in(path, invalid.line, invalid.column)
            self.findings.append(
                Finding("error", "expression", step, line, column, invalid.message_zh, invalid.message_en)
            )
            return None
