"""UI pages: what people can do with a task besides answering it - buttons, dialogs, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from services.task_choices import Candidates
from services.task_commands import KINDS
from services.task_signers import SignatureState
from services.tasks import TaskView
from ui import formats
from ui.contexts.parts import Action, Field, Form, Group, Option, Tone
from ui.contexts.work import CommandDialog, Signer
from ui.pages.filling import NONE, Problems, filled
from ui.pages.task_parts import stamp
from ui.translation import mark
from ui.view import View

NAMED = "do_"
"""Fields of the dialog begin so: the task's own form may have a field of that name on the same page."""
PERSON, POST = "person:", "post:"
LENT_FOR: Final = timedelta(hours=8)
REASON_LENGTH = 500


@dataclass(frozen=True)
class Said:
    """How a command is told: its button, its dialog's title and explanation, what its button does."""

    button: str
    title: str
    intro: str
    icon: str
    done: str
    tone: Tone = "info"


SAID: Mapping[str, Said] = {
    "delegate": Said(
        mark("Delegate"),
        mark("Delegate for a time"),
        mark("It comes back to you by itself. Both of you count as having performed it."),
        "clock",
        mark("The task is delegated."),
    ),
    "hand_over": Said(
        mark("Pass to a colleague"),
        mark("Pass the task to a colleague"),
        mark("Only persons of the post who are trained and not excluded can be chosen."),
        "person",
        mark("The task is passed to a colleague."),
    ),
    "add_signer": Said(
        mark("Add a signer"),
        mark("Ask somebody to sign as well"),
        mark("The task is done when this signature is given too."),
        "pen",
        mark("The signature is asked for."),
    ),
    "refuse": Said(
        mark("Refuse to sign"),
        mark("Refuse to sign"),
        mark("Your reason is recorded and told to who completed the task."),
        "x",
        mark("Your refusal is recorded."),
        "bad",
    ),
    "withdraw": Said(
        mark("Withdraw"),
        mark("Withdraw what you have completed"),
        mark("Possible as long as nobody has acted on it; then it is open for you again."),
        "undo",
        mark("It is withdrawn and yours again."),
    ),
    "remind": Said(
        mark("Remind"),
        mark("Remind whom the task waits for"),
        mark("They get a message now."),
        "bell",
        mark("They are reminded."),
    ),
}


def slug(kind: str) -> str:
    """A kind as it stands in addresses."""
    return kind.replace("_", "-")


def buttons(view: View, found: TaskView) -> list[Action]:
    """What this person may do with the task now."""
    _, address = view.words.gettext, f"/tasks/{found.task.id}/commands"
    return [
        Action(_(SAID[kind].button), f"{address}/{slug(kind)}", SAID[kind].icon)
        for kind in KINDS
        if found.may[kind].allowed
    ]


def signers(view: View, found: TaskView) -> list[Signer]:
    """Who signs what, who has signed and who has refused."""
    return [
        Signer(
            meaning=view.words.pick(one.meaning),
            who=_signed_by(view, one),
            at=stamp(view, one.signed_at),
            given=one.signed_by is not None,
            refused=one.refused_by is not None,
        )
        for one in found.signatures
    ]


def _signed_by(view: View, one: SignatureState) -> str:
    _ = view.words.gettext
    if one.refused_by:
        return _("refused: %(who)s", who=one.refused_by)
    return one.signed_by or _("not yet: %(post)s", post=view.words.pick(one.post_name))


def notes(view: View, found: TaskView) -> list[str]:
    """Who has lent the task, and why it came back."""
    _, task = view.words.gettext, found.task
    told = [view.words.pick(found.sent_back)] if found.sent_back and task.closed_at is None else []
    if task.delegated_by_id is not None and task.delegated_until is not None:
        until = formats.instant(task.delegated_until, view.zone)
        told.append(_("Delegated by %(who)s until %(until)s.", who=task.delegator or "", until=until))
    back = (task.result or {}).get("went_back")
    if back and back["kind"] == "refuse":
        told.append(_("A signer refused: %(reason)s", reason=back["reason"] or ""))
    needed = (task.result or {}).get("needed")
    missing = (task.result or {}).get("missing_signatures") or ()
    if task.state == "awaiting_signature" and needed is not None and needed < len(missing):
        told.append(_("%(needed)s of these signatures complete the task.", needed=needed))
    return told


def dialog(
    view: View,
    found: TaskView,
    kind: str,
    choices: Candidates | None,
    values: Mapping[str, Any] | None = None,
    problems: Problems = NONE,
) -> CommandDialog:
    """The dialog of a command; with what was entered and what is wrong with it, when it comes again."""
    _, said = view.words.gettext, SAID[kind]
    hidden = [
        Field("epoch", "", "hidden", str(found.task.epoch)),
        Field("submission_id", "", "hidden", str(uuid4())),
    ]
    asked = filled(_fields(view, kind, choices), values or {}, problems)
    form = Form(
        f"/tasks/{found.task.id}/commands/{slug(kind)}",
        _(said.button),
        [Group([*hidden, *asked])],
        problem=problems.whole,
        tone=said.tone,
    )
    nobody = kind in {"delegate", "hand_over"} and choices is not None and not choices.task
    return CommandDialog(
        title=_(said.title),
        intro=_("Nobody else could do this task now.") if nobody else _(said.intro),
        form=None if nobody else form,
    )


def _fields(view: View, kind: str, choices: Candidates | None) -> list[Field]:
    _ = view.words.gettext
    fields: list[Field] = []
    if kind in {"delegate", "hand_over"} and choices is not None:
        fields.append(
            Field(NAMED + "person", _("To whom"), "choice", required=True, options=_people(choices.task))
        )
    if kind == "delegate":
        until = formats.local_input(view.now + LENT_FOR, view.zone)
        fields.append(
            Field(
                NAMED + "until", _("Until"), "datetime", until, required=True, help=_("In the site's time.")
            )
        )
    if kind == "add_signer" and choices is not None:
        fields += _signer_fields(view, choices)
    must = kind != "remind"
    label = _("Reason") if must else _("A word to them")
    fields.append(Field(NAMED + "reason", label, "textarea", required=must, max_length=REASON_LENGTH))
    return fields


def _signer_fields(view: View, choices: Candidates) -> list[Field]:
    _, pick = view.words.gettext, view.words.pick
    posts = [Option(f"{POST}{p.code}", pick({"zh": p.name_zh, "en": p.name_en})) for p in choices.posts]
    who = [*_people(choices.signature, PERSON), *posts]
    order = [Option("after", _("After the others")), Option("before", _("Before the others"))]
    return [
        Field(NAMED + "signer", _("Who"), "choice", required=True, options=who, compact=True),
        Field(NAMED + "order", _("Order of signing"), "choice", "after", required=True, options=order),
    ]


def _people(found: Sequence[Any], prefix: str = "") -> list[Option]:
    """Persons by name; of two with one name the user names tell them apart."""
    names = [one.name for one in found]
    return [
        Option(
            f"{prefix}{one.id}",
            f"{one.name} ({one.username})" if names.count(one.name) > 1 else one.name,
        )
        for one in found
    ]
