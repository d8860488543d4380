"""UI pages: the dialog before an outcome or a signature counts - it repeats what is signed."""

from collections.abc import Mapping
from typing import Any

from services import signed_digest
from ui.contexts.parts import Cell, Fact, Field
from ui.contexts.work import Confirmation
from ui.definition_forms import answer_facts
from ui.pages.signed_lines import signed_lines
from ui.pages.task_context import TaskReading
from ui.pages.task_parts import DONE
from ui.view import View


async def confirm(
    reading: TaskReading, outcome: str, data: Mapping[str, Any], problems: Mapping[str, str] | None = None
) -> Confirmation:
    """The dialog: repeats what is signed, asks for reason and password where they are needed."""
    view, found, wrong = reading.view, reading.found, problems or {}
    _ = view.words.gettext
    buttons = {button.value: button for button in reading.outcomes()}
    button = buttons.get(outcome)
    chosen = (found.outcomes or {}).get(outcome, {})
    signs = reading.awaiting or bool(found.signatures)
    fields = []
    if chosen.get("reason"):
        must = chosen["reason"] == "required"
        fields.append(
            Field(
                "reason",
                _("Reason"),
                "textarea",
                required=must,
                error=wrong.get("reason", ""),
                max_length=500,
            )
        )
    if signs:
        name, error = "password", wrong.get("password", "")
        label = _("Your password, again")
        fields.append(
            Field(
                name,
                label,
                "password",
                required=True,
                error=error,
                autocomplete="current-password",
                help=_("A password is typed by its person, never scanned."),
            )
        )
    facts = answer_facts(reading.form, data, view.words, reading.uploads)
    facts += [Fact(_("Lines"), _lines_cell(reading)), *signed_lines(reading)] if found.totals else []
    digest = await _digest(reading, outcome, data) if signs else None
    return Confirmation(
        action=f"{reading.address}/{'sign' if reading.awaiting else 'complete'}",
        title=button.label if button else outcome,
        consequence=button.consequence if button and not reading.awaiting else "",
        meaning=reading.meaning() if signs else "",
        facts=[*_object(reading), *_given(reading), *facts],
        submit=_submit(view, outcome, button.label if button else outcome, signs=signs),
        grounds=() if found.totals else reading.answered_before(),
        content_sha256=digest or "",
        fields=fields,
        outcome=outcome,
        signer=_signer(reading),
        danger=bool(button and button.tone == "bad"),
        note=_("The time of the signature is the server's.") if signs else "",
        digest_note=_digest_note(reading, chosen) if signs and digest is None else "",
    )


def _digest_note(reading: TaskReading, chosen: Mapping[str, Any]) -> str:
    """Why there is no digest to show yet."""
    _ = reading.view.words.gettext
    return (
        _("The digest covers your reason; it stands beside the signature afterwards.")
        if chosen.get("reason")
        else ""
    )


async def _digest(reading: TaskReading, outcome: str, data: Mapping[str, Any]) -> str | None:
    view, task = reading.view, reading.found.task
    return await signed_digest.to_be_signed(
        view.platform, task.id, outcome=outcome, data=data, actor=view.person
    )


def _submit(view: View, outcome: str, label: str, *, signs: bool) -> str:
    """What the button does; plain where there is nothing to choose."""
    _ = view.words.gettext
    if outcome == "sign":
        return _("Sign")
    if outcome == DONE:
        return _("Sign and finish") if signs else _("Finish")
    return _("Sign: %(what)s", what=label) if signs else _("Confirm: %(what)s", what=label)


def _object(reading: TaskReading) -> list[Fact]:
    task = reading.found.task
    title = reading.view.words.pick({"zh": task.title_zh, "en": task.title_en})
    about = reading.view.words.pick({"zh": task.object, "en": task.object_en})
    return [Fact(title, Cell(about))]


def _given(reading: TaskReading) -> list[Fact]:
    """For who signs as well: what was decided, and who has signed it before."""
    if not reading.awaiting:
        return []
    _, pick = reading.view.words.gettext, reading.view.words.pick
    decided = (reading.found.outcomes or {}).get(reading.found.task.outcome or "")
    facts = [Fact(_("Outcome"), Cell(pick(decided["label"])))] if decided else []
    signed = [f"{one.signed_by} · {pick(one.meaning)}" for one in reading.found.signatures if one.signed_by]
    return [*facts, Fact(_("Signed before"), Cell(signed, "lines"))] if signed else facts


def _lines_cell(reading: TaskReading) -> Cell:
    totals = reading.found.totals
    assert totals is not None
    words = reading.view.words.ngettext(
        "%(done)s of %(n)s line done", "%(done)s of %(n)s lines done", totals.lines, done=totals.done
    )
    return Cell(words)


def _signer(reading: TaskReading) -> str:
    """Printed name and post, as they will stand in the signature; all posts where none of them is asked."""
    person, held = reading.view.frame().person, {one.post for one in reading.view.person.assignments}
    asked = [one for one in reading.found.signatures if one.signed_by is None and one.post in held]
    post = reading.view.words.pick(asked[0].post_name) if asked else ""
    return f"{person.name} ({post or person.posts})" if person else ""
