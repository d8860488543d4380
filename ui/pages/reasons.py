"""UI pages: why something is done - the field for it, and the page that asks for nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ui.contexts.parts import Action, Field, Tone
from ui.contexts.records import FormPage
from ui.pages.filling import NONE, Problems, form, tried
from ui.view import View

REASON = 500


def reason_field(view: View) -> Field:
    """The field in which a reason is given."""
    return Field("reason", view.words.gettext("Reason"), "textarea", required=True, max_length=REASON)


def reason_page(
    view: View,
    action: str,
    submit: str,
    title: str,
    intro: str,
    back: Action,
    values: Mapping[str, Any] | None,
    problems: Problems = NONE,
    tone: Tone = "info",
) -> FormPage:
    """A page that asks why, and leads back to where it was asked."""
    shown = form(action, submit, [reason_field(view)], values, problems, cancel_href=back.href, tone=tone)
    return FormPage(title, shown, intro=intro, back=back)


async def refused_for(view: View, command: Callable[..., Awaitable[Any]], about: object) -> Problems | None:
    """Does it for the reason that was posted; what is wrong with it, or None when it is done."""
    reason = (await view.fields()).get("reason", "")
    made = await tried(
        view,
        command(view.platform, about, reason=reason, actor=view.person, request_id=view.request_id),
    )
    return made if isinstance(made, Problems) else None
