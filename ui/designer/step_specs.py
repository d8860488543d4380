"""UI designer: what each kind of step can say, as fields with words. Read beside the language reference."""

from __future__ import annotations

from ui.designer.specs import CHECKS, FORM, OUTCOMES, Many, Spec
from ui.translation import mark

PURPOSES = {
    "human": mark("somebody does it: a task with instructions, fields, buttons and a signature"),
    "action": mark("the system does it at once: list stock, book, lock, check"),
    "decide": mark("the way is chosen by a rule or a decision table"),
    "notify": mark("the holders of a post are told; nobody is waited for"),
    "wait": mark("until some time has passed, until an instant, or for an event"),
    "parallel": mark("several branches at once"),
    "for_each": mark("the same steps for each line of a list"),
    "repeat": mark("the same steps again until a rule holds"),
    "call": mark("another procedure in force, such as a quality hold"),
    "end": mark("the procedure ends here"),
}
"""What each kind of step is for, in the menu where it is inserted."""
ACROSS = (("line", mark("of the same line")), ("all", mark("of any line")))
MODES = (("serial", mark("one after another")), ("concurrent", mark("several at once")))
CALL_MODES = (("wait", mark("wait for its end")), ("detach", mark("go on at once")))
STEP: tuple[Spec | Many, ...] = (
    Spec("title", "words", mark("Title")),
    Spec("clauses", "list", mark("Clauses"), mark("Where the rule comes from, separated by ;")),
    Spec("when", "expression", mark("Only when"), mark("Leave empty: always")),
)
THEN = Spec("go", "target", mark("Then"))
KINDS: dict[str, tuple[Spec | Many, ...]] = {
    "human": (
        Spec("human/post", "post", mark("Who does it (post)"), required=True),
        Spec("human/department", "department", mark("Department")),
        Spec("human/site", "expression", mark("Site"), mark("Leave empty: the site of the run")),
        Spec("human/instruction", "prose", mark("Instruction"), required=True),
        Many("human/form", "field", FORM.label, FORM.add),
        Many("human/checks", "check", CHECKS.label, CHECKS.add, "list"),
        Many("human/lines", "work_list", mark("Work list"), mark("Add a work list"), "optional"),
        Many("human/outcomes", "outcome", OUTCOMES.label, OUTCOMES.add),
        Many(
            "human/signature", "signature", mark("Signature of who completes"), mark("Ask for it"), "optional"
        ),
        Many("human/signatures", "signature", mark("More signatures"), mark("Add a signature"), "list"),
        Many(
            "human/signature_policy",
            "policy",
            mark("How many of these signatures are enough"),
            mark("Say how many"),
            "optional",
        ),
        Spec("human/separate_from", "steps", mark("Not by whoever did")),
        Spec("human/across", "choice", mark("In lists: whoever did it"), choices=ACROSS),
        Spec("human/send_back", "steps", mark("May be sent back to")),
        Spec("human/due", "duration", mark("Due within")),
        Many("human/remind", "reminder", mark("Reminders"), mark("Add a reminder"), "list"),
        Many("human/escalate", "escalation", mark("When late, shown as well to"), mark("Add"), "optional"),
    ),
    "action": (
        Spec("action", "action", mark("What the system does"), required=True, redraws=True),
        Spec("undo", "undo", mark("Undone by")),
        Spec("irreversible", "words", mark("Why it cannot be undone")),
    ),
    "decide": (
        Spec("decide/table", "table", mark("By the decision table"), redraws=True),
        Spec("decide/value", "expression", mark("Or by the rule"), redraws=True),
        Many("routes", "route", mark("Where it leads"), mark("Add a result")),
    ),
    "parallel": (
        Spec(
            "parallel/wait_for",
            "need",
            mark("Goes on when done"),
            choices=(("all", mark("all branches")), ("any", mark("one branch"))),
        ),
        Many("parallel/branches", "branch", mark("Branches"), mark("Add a branch")),
    ),
    "for_each": (
        Spec("for_each/lines", "expression", mark("For every line of"), required=True),
        Spec("for_each/as", "line", mark("A line is called")),
        Spec("for_each/mode", "choice", mark("How"), choices=MODES),
        Spec("for_each/limit", "number", mark("At once, at most")),
    ),
    "wait": (
        Spec("wait/for", "duration", mark("For")),
        Spec("wait/until", "expression", mark("Or until")),
        Spec("wait/event", "line", mark("Or for the event")),
        Spec("wait/key", "expression", mark("Which one (key)")),
        Many("wait/data", "field", mark("What it brings"), mark("Add a field")),
        Many("wait/timeout", "timeout", mark("When it does not come"), mark("Add a time limit"), "optional"),
    ),
    "call": (
        Spec("call/sop", "sop", mark("Procedure"), required=True, redraws=True),
        Spec("call/mode", "choice", mark("How"), choices=CALL_MODES),
        Spec("call/lines", "expression", mark("One run for every line of")),
        Spec("call/as", "line", mark("A line is called")),
    ),
    "notify": (
        Spec("notify/to/post", "post", mark("To the holders of"), required=True),
        Spec("notify/to/department", "department", mark("Department")),
        Spec("notify/template", "message", mark("Message"), required=True, redraws=True),
    ),
    "repeat": (
        Spec("repeat/until", "expression", mark("Repeated until"), required=True),
        Spec("repeat/limit", "number", mark("At most so often"), required=True),
    ),
    "end": (
        Spec(
            "end",
            "line",
            mark("Code of this end"),
            mark("Lower-case letters, digits and _, a letter first. People read the title."),
            required=True,
        ),
    ),
}
