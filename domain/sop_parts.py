"""Domain: the parts that steps of a definition are made of - words, durations, forms, signatures, human work.

Pure shape, no meaning. `sop_definition` puts the steps together and gives every name of this module on.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
_CLOCK = r"T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S)"
AMOUNT_PATTERN = rf"^P(\d+W|\d+D({_CLOCK})?|{_CLOCK})$"
Amount = Annotated[str, Field(pattern=AMOUNT_PATTERN)]
YEARS_PATTERN = r"^P\d+Y$"


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

FieldType = Literal["text", "integer", "decimal", "choice", "boolean", "date", "attachment", "location"]


class Question(Part):
    """What is asked after a new version was read; exactly one option is right."""

    label: Text
    options: Annotated[dict[Key, Text], Field(min_length=2)]
    answer: Key

    @model_validator(mode="after")
    def _answerable(self) -> Question:
        if self.answer not in self.options:
            raise ValueError("the right answer is not among the options")
        return self


class FormField(Part):
    """One field of a form. `min` and `max` are inclusive; decimals are written as strings.

    `min_length` and `max_length` count the characters of a text that is given.
    """

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
    min_length: Annotated[int, Field(ge=0, le=4000)] = 0
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


Need = Literal["all", "any", "majority"] | Annotated[int, Field(ge=1, le=20)]
OnRefusal = Literal["refuse", "continue"]


class SignaturePolicy(Part):
    """How many of `signatures` complete the task, and what one refusal means.

    `refuse`: one refusal sends the task back to who completed it. `continue`: it counts as a signature that
    will not come; the task goes back when the rest cannot be enough any more. `signature` is always needed.
    """

    need: Need = "all"
    on_refusal: OnRefusal = "refuse"


TaskCommand = Literal["delegate", "hand_over", "add_signer", "withdraw", "remind"]
"""What people may do with a task besides answering and signing it, as a definition can allow or leave out."""


class Escalation(Part):
    """To whom a late task is shown as well. The clock never decides."""

    after: Duration
    to: Address


class Check(Part):
    """A condition across the fields of a form; `field` is where the message is shown.

    `with` names values of earlier steps that it compares with; they are those at the task's opening.
    """

    holds: Expression
    with_: dict[Key, Expression] = Field(default={}, alias="with")
    message: Text
    field: Key | None = None


class Apart(Part):
    """Pieces of a line that are not like the others: the field with how many, and that with their serials."""

    quantity: Key
    serials: Key


class Counted(Part):
    """What a line is when its scans reach its quantity; `quantity` is the field in which another is typed.

    `apart`: other outcomes set so many of the line's pieces apart, named or left unscanned.
    """

    outcome: Key
    quantity: Key | None = None
    apart: Apart | None = None


class WorkList(Part):
    """One task over many lines: append-only line results and scans instead of one form.

    A `blind` list keeps from everybody who may do one of the procedure's blind lists what others found in
    them and what the books say of its positions. `additions`: what stands beside the list may be added to it.
    `from_stock`: each line's goods stand at its `location`; a scanned serial must be of its batch, at that
    place and in no other such list. `counted`: a line that is scanned in full has its result. With
    `scan: required` an outcome that needs no reason is given only to a line of which something was scanned.
    """

    of: Expression
    scan: bool | Literal["required"] = False
    complete_when: Literal["all", "any"] = "all"
    reveal: list[str] | None = None
    blind: bool = False
    additions: bool = False
    from_stock: bool = False
    counted: Counted | None = None
    form: Form = {}
    checks: list[Check] = []
    outcomes: dict[Key, Outcome] = {}


class Human(Part):
    """A step that a person performs: a form or a work list, outcomes, signatures, deadlines."""

    post: Key
    site: Expression | None = None
    department: Expression | None = None
    instruction: Text
    form: Form = {}
    checks: list[Check] = []
    lines: WorkList | None = None
    outcomes: dict[Key, Outcome] = {}
    signature: SignatureRule | None = None
    signatures: list[SignatureRule] = []
    signature_policy: SignaturePolicy | None = None
    commands: list[TaskCommand] | None = None
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

    @property
    def counted_rules(self) -> list[int]:
        """The indexes of the rules that the policy counts: those of `signatures`; none without a policy."""
        if self.signature_policy is None:
            return []
        first = 1 if self.signature else 0
        return list(range(first, first + len(self.signatures)))

    def allows(self, command: str) -> bool:
        """Whether people may do this with the task; everything unless the step lists what."""
        return self.commands is None or command in self.commands
