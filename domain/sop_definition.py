"""Domain: the shape of an SOP definition - what a procedure can say, nothing about how it runs.

Pure data. Parsing from YAML with positions is in `sop_yaml`, meaning (types, reachability, segregation)
in `sop_lint`, execution in `sop_progress`. The language is described in docs/reference/sop-language.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from domain.sop_head import Case, Input, InputType, Message, Owner, Scope, Subject
from domain.sop_parts import (
    YEARS_PATTERN,
    Address,
    Amount,
    Check,
    Clauses,
    Duration,
    Escalation,
    Expression,
    FieldType,
    Form,
    FormField,
    Human,
    Key,
    Limit,
    Outcome,
    Part,
    Question,
    SignatureRule,
    Text,
    WorkingDays,
    WorkList,
)
from domain.sop_proof import Proof

# fmt: off
__all__ = [
    "STEP_KINDS", "Address", "Amount", "Call", "Case", "Check", "Clauses", "Decide", "Duration",
    "Escalation", "Expression", "FieldType", "ForEach", "Form", "FormField", "Human", "Input",
    "InputType", "Key", "Limit", "Message", "Notify", "Outcome", "Owner", "Parallel", "Part", "Proof",
    "Question", "Repeat", "Scope", "SignatureRule", "SopDefinition", "Step", "StepKind", "Subject", "Text",
    "Timeout", "Wait", "WorkList", "WorkingDays", "end_title",
]
# fmt: on


class Decide(Part):
    """A decision: by decision table with named inputs, or by one expression."""

    table: Key | None = None
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    value: Expression | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Decide:
        if (self.table is None) == (self.value is None):
            raise ValueError("a decision names either a table or a value")
        return self


class Parallel(Part):
    """Named branches; the step is over when all, any or N of them are."""

    branches: Annotated[dict[Key, list[Step]], Field(min_length=1)]
    wait_for: Literal["all", "any"] | Annotated[int, Field(ge=1)] = "all"


class ForEach(Part):
    """Steps for every line of a line set: one after another, or up to `limit` at once, in chunks."""

    lines: Expression
    as_: Key = Field(default="line", alias="as")
    mode: Literal["serial", "concurrent"] = "serial"
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    chunk: Annotated[int, Field(ge=1, le=200)] = 50
    steps: Annotated[list[Step], Field(min_length=1)]


class Timeout(Part):
    """What follows when an event has not come after some time: `go` leads there, `next` unless said."""

    after: Duration
    go: str = "next"


class Wait(Part):
    """A pause: for a duration, until an instant, or for a named external event with its key.

    An event brings `data`, a form that its sender fills in. One that came up to `keep` before the wait began
    counts. `timeout` says where the procedure goes when nobody answers.
    """

    for_: Duration | None = Field(default=None, alias="for")
    until: Expression | None = None
    event: Key | None = None
    key: Expression | None = None
    data: Form = Field(default={})
    keep: Amount = "P7D"
    timeout: Timeout | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Wait:
        if sum(x is not None for x in (self.for_, self.until, self.event)) != 1:
            raise ValueError("a wait has exactly one of for, until, event")
        if (self.event is None) != (self.key is None):
            raise ValueError("a wait for an event has a key, and only that")
        if self.event is None and self.model_fields_set & {"data", "keep", "timeout"}:
            raise ValueError("data, keep and timeout belong to a wait for an event")
        return self


class Call(Part):
    """Another SOP as a run of its own, or one for each line of a line set; `detach` does not wait for it.

    `with` gives the inputs; over lines it sees the columns of the line as `<as>.<column>`.
    """

    sop: Key
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    lines: Expression | None = None
    as_: Key = Field(default="line", alias="as")
    mode: Literal["wait", "detach"] = "wait"


class Notify(Part):
    """A message to the holders of a post; `template` is a key of the definition's `messages`."""

    to: Address
    template: Key
    with_: dict[Key, Expression] = Field(default={}, alias="with")


class Repeat(Part):
    """Steps repeated until a condition holds, at most `limit` times (mandatory)."""

    steps: Annotated[list[Step], Field(min_length=1)]
    until: Expression
    limit: Annotated[int, Field(ge=1, le=1000)]


StepKind = Literal[
    "human", "action", "decide", "parallel", "for_each", "wait", "call", "notify", "repeat", "end"
]
STEP_KINDS: tuple[StepKind, ...] = (
    "human",
    "action",
    "decide",
    "parallel",
    "for_each",
    "wait",
    "call",
    "notify",
    "repeat",
    "end",
)


def _as_text(value: Any) -> Any:
    return {"zh": value} if isinstance(value, str) else value


def _end_needs_no_id(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema.get("required", []) if name != "id"]
    schema["anyOf"] = [{"required": ["id"]}, {"required": ["end"]}]


class Step(Part):
    """One step: exactly one kind, an id (an `end` gets one from its outcome), and where it leads."""

    model_config = ConfigDict(json_schema_extra=_end_needs_no_id)

    id: Key
    title: Text | None = None
    clauses: Clauses = Field(default=[])
    when: Expression | None = None
    human: Human | None = None
    action: str | None = None
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    refusals: dict[Key, str] = Field(default={})
    undo: str | None = None
    irreversible: Annotated[Text | None, BeforeValidator(_as_text)] = None
    decide: Decide | None = None
    routes: dict[str, str] = Field(default={})
    parallel: Parallel | None = None
    for_each: ForEach | None = None
    wait: Wait | None = None
    call: Call | None = None
    notify: Notify | None = None
    repeat: Repeat | None = None
    end: Key | None = None
    go: str = "next"

    @model_validator(mode="before")
    @classmethod
    def _name_the_end(cls, data: Any) -> Any:
        if isinstance(data, dict) and "end" in data and "id" not in data:
            return {**data, "id": f"end_{data['end']}"}
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        kinds = [k for k in STEP_KINDS if getattr(self, k) is not None]
        if len(kinds) != 1:
            raise ValueError(f"step {self.id} must have exactly one kind, has {kinds or 'none'}")
        return self

    @property
    def kind(self) -> StepKind:
        """Which of the step kinds this is."""
        return next(k for k in STEP_KINDS if getattr(self, k) is not None)

    def bodies(self) -> Iterator[tuple[str, list[Step]]]:
        """The step lists inside this step, each with its segment name ("" where there is only one)."""
        if self.parallel:
            yield from self.parallel.branches.items()
        if self.for_each:
            yield "", self.for_each.steps
        if self.repeat:
            yield "", self.repeat.steps


class SopDefinition(Part):
    """A whole procedure as reviewed: identity, scope, inputs, steps, sections and its own cases.

    A procedure that is `called_only` is started by other procedures; nobody is offered it. `proofs` are what
    must hold on all its paths, `quiz` what people are asked before they are trained on it (GSP 31-36); like
    the cases they are reviewed, not executed.
    """

    sop: Key
    title: Text
    summary: Text | None = None
    clauses: Clauses = Field(default=[])
    owner: Owner
    scope: Scope
    jurisdiction: str = "CN"
    retention: Annotated[str, Field(pattern=YEARS_PATTERN)] = "P5Y"
    business_key: Expression | None = None
    subject: Expression | Subject | None = None
    called_only: bool = False
    inputs: dict[Key, Input] = Field(default={})
    messages: dict[Key, Message] = Field(default={})
    steps: Annotated[list[Step], Field(min_length=1)]
    sections: dict[Key, Annotated[list[Step], Field(min_length=1)]] = Field(default={})
    cases: list[Case] = Field(default=[])
    proofs: list[Proof] = Field(default=[])
    quiz: dict[Key, Question] = Field(default={})

    def walk(self) -> Iterator[Step]:
        """Every step, outer before inner, in reading order; then the sections."""
        for body in (self.steps, *self.sections.values()):
            yield from _walk(body)


def end_title(definition: SopDefinition, outcome: str) -> Text | None:
    """What the definition calls the end with this outcome: the first title that one of its ends has."""
    return next((step.title for step in definition.walk() if step.end == outcome and step.title), None)


def _walk(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for _, body in step.bodies():
            yield from _walk(body)


for _model in (Parallel, ForEach, Repeat, Step, SopDefinition):
    _model.model_rebuild()
