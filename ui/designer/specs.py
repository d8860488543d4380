"""UI designer: what each part of a definition can say, as fields with words - one table per part.

A spec's `place` is where its value stands inside the part. Widgets: see `editor`.
Those of steps are in `step_specs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ui.translation import mark

Widget = Literal[
    "words",
    "prose",
    "line",
    "number",
    "bound",
    "flag",
    "choice",
    "post",
    "department",
    "unit",
    "expression",
    "duration",
    "target",
    "steps",
    "list",
    "commands",
    "action",
    "undo",
    "table",
    "sop",
    "message",
    "need",
    "scan",
    "sibling",
    "sibling_option",
]


@dataclass(frozen=True)
class Spec:
    """One value: where, how it is entered, what it is called. `redraws`: other fields depend on it."""

    place: str
    widget: Widget
    label: str
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    redraws: bool = False
    only: tuple[str, ...] = ()
    """The kinds of a field that have it; all when none is named."""


@dataclass(frozen=True)
class Many:
    """Parts of one kind: a mapping (`keyed`), a list, or one that may be there or not (`optional`)."""

    place: str
    part: str
    label: str
    add: str
    shape: Literal["keyed", "list", "optional"] = "keyed"
    help: str = ""
    only: tuple[str, ...] = ()


NUMBERS = ("integer", "decimal")
FIELD_TYPES = (
    ("text", mark("Text")),
    ("integer", mark("Whole number")),
    ("decimal", mark("Number with decimals")),
    ("choice", mark("Choice")),
    ("boolean", mark("Yes or no")),
    ("date", mark("Date")),
    ("attachment", mark("Photo or file")),
    ("location", mark("Storage location (scanned)")),
)
INPUT_TYPES = (
    ("document", mark("Document")),
    ("text", mark("Text")),
    ("integer", mark("Whole number")),
    ("boolean", mark("Yes or no")),
    ("date", mark("Date")),
    ("site", mark("Site")),
    ("party", mark("Partner")),
    ("batch", mark("Batch")),
    ("line_set", mark("List of lines")),
)
REASONS = (("optional", mark("may be given")), ("required", mark("must be given")))
SCAN = (("true", mark("may be scanned")), ("required", mark("must be scanned")))
ENOUGH = (("all", mark("every line has a result")), ("any", mark("one line has a result")))
REFUSAL_MEANS = (("refuse", mark("sends the task back")), ("continue", mark("is counted as missing")))
DEFINITION: tuple[Spec | Many, ...] = (
    Spec("title", "words", mark("Title"), required=True),
    Spec("summary", "prose", mark("What it is for")),
    Spec("clauses", "list", mark("Clauses"), mark("Where the rule comes from, separated by ;")),
    Spec("owner/department", "unit", mark("Owner: department"), required=True),
    Spec("owner/post", "post", mark("Owner: post"), required=True),
    Spec("scope/site", "expression", mark("Site of a run"), mark("For example inputs.site"), required=True),
    Spec("scope/department", "department", mark("Department of a run")),
    Spec(
        "business_key",
        "expression",
        mark("One open run for each"),
        mark("Leave empty if there may be several"),
    ),
    Spec("retention", "line", mark("Records are kept for"), mark("P5Y means five years")),
    Spec("called_only", "flag", mark("Started by other procedures only")),
    Many("inputs", "input", mark("What a run is started with"), mark("Add an input")),
    Many("messages", "message", mark("Messages"), mark("Add a message")),
    Many("quiz", "question", mark("Questions after reading"), mark("Add a question")),
)
FORM = Many("form", "field", mark("What is recorded"), mark("Add a field"))
CHECKS = Many("checks", "check", mark("Conditions across fields"), mark("Add a condition"), "list")
OUTCOMES = Many("outcomes", "outcome", mark("Buttons"), mark("Add a button"))
PARTS: dict[str, tuple[Spec | Many, ...]] = {
    "field": (
        Spec("label", "words", mark("Label"), required=True),
        Spec("type", "choice", mark("Kind"), required=True, choices=FIELD_TYPES, redraws=True),
        Spec("required", "flag", mark("Must be filled in")),
        Spec("required_if", "expression", mark("Must be filled in when")),
        Spec("help", "words", mark("Help")),
        Spec(
            "unit",
            "line",
            mark("Unit"),
            mark("celsius, percent, minutes, hours, days, or as it is written"),
            only=NUMBERS,
        ),
        Spec("min", "bound", mark("Least"), only=NUMBERS),
        Spec("max", "bound", mark("Most"), only=NUMBERS),
        Many("options", "option", mark("Choices"), mark("Add a choice"), only=("choice", "text")),
        Spec("many", "flag", mark("Several may be given"), only=("choice", "attachment")),
    ),
    "option": (Spec("", "words", mark("Words"), required=True),),
    "check": (
        Spec("holds", "expression", mark("What must hold"), required=True),
        Spec("message", "words", mark("What is said otherwise"), required=True),
        Spec("field", "sibling", mark("Shown at the field")),
    ),
    "outcome": (
        Spec("label", "words", mark("Words on the button"), required=True),
        Spec("consequence", "words", mark("What follows, in words")),
        Spec("reason", "choice", mark("Reason"), choices=REASONS, redraws=True),
        Spec("go", "target", mark("Leads to")),
    ),
    "work_list": (
        Spec("of", "expression", mark("Lines of"), required=True),
        Spec("scan", "scan", mark("Scanning"), choices=SCAN),
        Spec("complete_when", "choice", mark("Finished when"), choices=ENOUGH),
        Spec("blind", "flag", mark("Blind: the expected quantity is kept from who counts")),
        Spec("additions", "flag", mark("What stands beside the list may be added")),
        Spec("from_stock", "flag", mark("Goods are taken from their location")),
        Many("form", "field", mark("Recorded for each line"), FORM.add),
        Many("outcomes", "outcome", mark("Results of a line"), mark("Add a result")),
        CHECKS,
    ),
    "signature": (
        Spec("meaning", "words", mark("What the signature means"), required=True),
        Spec("post", "post", mark("By a person of the post"), mark("Leave empty: of the task's post")),
        Spec("department", "department", mark("Department")),
        Spec("when", "expression", mark("Only when")),
    ),
    "policy": (
        Spec(
            "need",
            "need",
            mark("Needed"),
            choices=(("all", mark("all")), ("any", mark("one")), ("majority", mark("more than half"))),
        ),
        Spec("on_refusal", "choice", mark("A refusal"), choices=REFUSAL_MEANS),
    ),
    "reminder": (Spec("", "duration", mark("After, from the start of the task")),),
    "escalation": (
        Spec("after", "duration", mark("After, from the start of the task"), required=True),
        Spec("to/post", "post", mark("To the holders of"), required=True),
        Spec("to/department", "department", mark("Department")),
    ),
    "timeout": (
        Spec("after", "duration", mark("After"), required=True),
        Spec("go", "target", mark("Leads to")),
    ),
    "route": (Spec("", "target", mark("Leads to")),),
    "branch": (),
    "input": (
        Spec("label", "words", mark("Label"), required=True),
        Spec("type", "choice", mark("Kind"), required=True, choices=INPUT_TYPES, redraws=True),
        Spec("kind", "line", mark("Kind of document, or role of the partner")),
        Spec("required", "flag", mark("Must be given")),
        Many("options", "option", mark("Choices"), mark("Add a choice"), only=("choice", "text")),
    ),
    "question": (
        Spec("label", "words", mark("Question"), required=True),
        Many("options", "option", mark("Answers to choose from"), mark("Add an answer")),
        Spec("answer", "sibling_option", mark("The right answer"), required=True),
    ),
    "message": (
        Spec("title", "words", mark("Title"), required=True),
        Spec(
            "body",
            "prose",
            mark("Text"),
            mark("{name} stands for a value that the step gives."),
            required=True,
        ),
    ),
}
