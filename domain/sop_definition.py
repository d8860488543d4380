"""Domain: the shape of an SOP definition - what a procedure can say, nothing about how it runs.

Pure data. Parsing from YAML with positions is in `sop_yaml`, meaning (types, reachability, segregation)
in `sop_lint`, execution in `sop_progress`. The language is described in docs/reference/sop-language.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
_CLOCK = r"T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S)"
Amount = Annotated[str, Field(pattern=rf"^P(\d+W|\d+D({_CLOCK})?|{_CLOCK})$")]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Clauses = Annotated[list[str], BeforeValidator(_as_list)]
"""Where a rule comes from; one clause may be written without brackets."""


class Part(BaseModel):
    """Base of every part of a definition: immutable, and no key that the language does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Part):
    """A visible string: Chinese is mandatory, a missing English one is a lint warning."""

    zh: Annotated[str, Field(min_length=1)]
    en: str = ""

    def in_language(self, language: str) -> str:
        """The text for `zh` or `en`; Chinese when there is no English."""
        return self.en if language == "en" and self.en else self.zh

    def __str__(self) -> str:
        return self.zh


class WorkingDays(Part):
    """A number of working days of the jurisdiction's calendar."""

    working_days: Annotated[int, Field(ge=1, le=3660)]


class Limit(Part):
    """A statutory limit: dated data with its clause, picked by profile and class."""

    limit: Key
    profile: str
    class_: Expression = Field(alias="class")


Duration = Amount | WorkingDays | Limit

FieldType = Literal["text", "integer", "decimal", "choice", "boolean", "date", "attachment"]


class FormField(Part):
    """One field of a form. `min` and `max` are inclusive; decimals are written as strings."""

    type: FieldType
    label: Text
    help: Text | None = None
    required: bool = False
    required_if: Expression | None = None
    options: dict[str, Text] = {}
    many: bool = False
    unit: str | None = None
    min: str | int | None = None
    max: str | int | None = None
    max_length: Annotated[int, Field(ge=1, le=4000)] = 500
    pattern: str | None = None


Form = dict[Key, FormField]


class Outcome(Part):
    """A button on a task: where it leads (`next` unless said) and whether it wants a reason."""

    label: Text
    consequence: Text | None = None
    reason: Literal["required", "optional"] | None = None
    go: str = "next"


class Address(Part):
    """A post, resolved in the run's scope unless it names a site or a department of its own."""

    post: Key
    site: Expression | None = None
    department: Expression | None = None


class SignatureRule(Part):
    """One required signature with its meaning; `post` lets somebody of another post give it."""

    meaning: Text
    post: Key | None = None
    site: Expression | None = None
    department: Expression | None = None
    when: Expression | None = None


class Escalation(Part):
    """To whom a late task is shown as well. The clock never decides."""

    after: Duration
    to: Address


class WorkList(Part):
    """One task over many lines: append-only line results and scans instead of one form."""

    of: Expression
    scan: bool = False
    complete_when: Literal["all", "any"] = "all"
    reveal: list[str] | None = None
    form: Form = {}
    outcomes: dict[Key, Outcome] = {}


class Human(Part):
    """A step that a person performs: a form or a work list, outcomes, signatures, deadlines."""

    post: Key
    site: Expression | None = None
    department: Expression | None = None
    instruction: Text
    form: Form = {}
    lines: WorkList | None = None
    outcomes: dict[Key, Outcome] = {}
    signature: SignatureRule | None = None
    signatures: list[SignatureRule] = []
    due: Duration | None = None
    remind: list[Duration] = []
    escalate: Escalation | None = None
    separate_from: list[Key] = []
    across: Literal["line", "all"] = "line"
    send_back: list[Key] = []

    @property
    def signature_rules(self) -> list[SignatureRule]:
        """All signature rules in the order in which they are asked."""
        return ([self.signature] if self.signature else []) + self.signatures


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


class Wait(Part):
    """A pause: for a duration, until an instant, or for a named external event with its key."""

    for_: Duration | None = Field(default=None, alias="for")
    until: Expression | None = None
    event: Key | None = None
    key: Expression | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Wait:
        if sum(x is not None for x in (self.for_, self.until, self.event)) != 1:
            raise ValueError("a wait has exactly one of for, until, event")
        return self


class Call(Part):
    """Another SOP as a child run."""

    sop: Key
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    lines: Expression | None = None
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
    clauses: Clauses = []
    when: Expression | None = None
    human: Human | None = None
    action: str | None = None
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    refusals: dict[Key, str] = {}
    undo: str | None = None
    irreversible: Annotated[Text | None, BeforeValidator(_as_text)] = None
    decide: Decide | None = None
    routes: dict[str, str] = {}
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


class Owner(Part):
    """The department and post that own the procedure; incidents and deviations go to them."""

    department: Key
    post: Key


class Scope(Part):
    """Where a run takes place: posts are resolved in this site and department."""

    site: Expression | None = None
    department: Expression | None = None


InputType = Literal["document", "text", "integer", "boolean", "date", "line_set", "site", "party", "batch"]


class Input(Part):
    """One input of the procedure."""

    type: InputType
    kind: Key | None = None
    required: bool = False
    label: Text | None = None


class Message(Part):
    """A notification's text; `{name}` stands for an entry of the notify step's `with`."""

    title: Text
    body: Text


class Case(Part):
    """An example that the definition must satisfy: inputs, scripted answers, expected path and outcome."""

    name: str
    inputs: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    expect: dict[str, Any]


class SopDefinition(Part):
    """A whole procedure as reviewed: identity, scope, inputs, steps, sections and its own cases."""

    sop: Key
    title: Text
    summary: Text | None = None
    clauses: Clauses = []
    owner: Owner
    scope: Scope
    jurisdiction: str = "CN"
    retention: Annotated[str, Field(pattern=r"^P\d+Y$")] = "P5Y"
    business_key: Expression | None = None
    subject: Expression | None = None
    inputs: dict[Key, Input] = {}
    messages: dict[Key, Message] = {}
    steps: Annotated[list[Step], Field(min_length=1)]
    sections: dict[Key, Annotated[list[Step], Field(min_length=1)]] = {}
    cases: list[Case] = []

    def walk(self) -> Iterator[Step]:
        """Every step, outer before inner, in reading order; then the sections."""
        for body in (self.steps, *self.sections.values()):
            yield from _walk(body)


def _walk(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for _, body in step.bodies():
            yield from _walk(body)


for _model in (Parallel, ForEach, Repeat, Step, SopDefinition):
    _model.model_rebuild()
