"""UI pages: the forms about a person - creating, changing, recording a training."""

from collections.abc import Mapping
from typing import Any

from services import passwords, sites, sop_catalogue
from services.read_models import PersonRow
from ui.contexts.parts import (
    Field,
    Form,
    Option,
)
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import site_options, to_options
from ui.pages.names import Names, read_names
from ui.pages.reasons import reason_field
from ui.view import View

Attempt = tuple[Mapping[str, Any], Problems]


async def post_choices(view: View) -> list[tuple[str, str]]:
    rows = await sites.list_posts(view.platform, actor=view.person)
    return [(row.code, view.words.pick({"zh": row.name_zh, "en": row.name_en})) for row in rows]


async def department_choices(view: View) -> list[tuple[str, str]]:
    rows = await sites.list_departments(view.platform, actor=view.person)
    return [(row.code, view.words.pick({"zh": row.name_zh, "en": row.name_en})) for row in rows]


def posts_held(view: View, row: PersonRow, names: Names) -> list[tuple[str, str]]:
    """The posts held now: a value that a form can send back, and words."""
    _ = view.words.gettext
    held = []
    for post in row.posts:
        name = view.words.pick({"zh": post.post_name_zh, "en": post.post_name_en})
        where = (names.of("site", post.site) or _("all sites"), names.of("department", post.department))
        place = " · ".join(filter(None, where))
        held.append((f"{post.post}|{post.site or ''}|{post.department or ''}", f"{name} – {place}"))
    return held


async def post_fields(view: View) -> list[Field]:
    _ = view.words.gettext
    return [
        Field("post", _("Post"), "choice", options=to_options(await post_choices(view))),
        Field(
            "site",
            _("Site"),
            "choice",
            options=to_options(await site_options(view)),
            help=_("None: at all sites."),
        ),
        Field("department", _("Department"), "choice", options=to_options(await department_choices(view))),
    ]


def password_rule(view: View) -> str:
    """What a password must be, before anybody is refused for it."""
    low, high = passwords.MIN_LENGTH, passwords.MAX_LENGTH
    return view.words.gettext("%(low)s to %(high)s characters, without the user name.", low=low, high=high)


def languages() -> list[Option]:
    return [Option("zh", "中文"), Option("en", "English")]


async def training_form(view: View, row: PersonRow, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    options = to_options(await _versions(view))
    none = "" if options else _("No procedure has an approved version yet.")
    fields = [
        Field(
            "training",
            _("Procedure and version"),
            "choice",
            required=True,
            options=options,
            compact=True,
            help=none,
        ),
        Field("trained_on", _("On"), "date", help=_("Empty: today.")),
    ]
    return form(f"/admin/persons/{row.username}/training", _("Record the training"), fields, values, problems)


async def _versions(view: View) -> list[tuple[str, str]]:
    """Versions that somebody can be trained on, `key|version`, by procedure, the newest first."""
    found = []
    for key, title in (await read_names(view, "sop")).known["sop"].items():
        rows = await sop_catalogue.versions(view.platform, key, actor=view.person)
        found += [
            (f"{key}|{row.version}", f"{title} v{row.version}") for row in rows if row.version is not None
        ]
    return found


async def change_form(view: View, row: PersonRow, names: Names, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    held = posts_held(view, row, names)
    now = {
        "name": row.name,
        "language": row.language,
        "active": str(row.active).lower(),
        "posts": [value for value, _words in held],
    }
    yes_no = to_options([("true", _("Yes")), ("false", _("No"))])
    keep = (
        [Field("posts", _("Posts held: untick to end one"), "checks", [], options=to_options(held))]
        if held
        else []
    )
    fields = [
        Field("name", _("Name"), required=True),
        Field("language", _("Language"), "choice", required=True, options=languages()),
        Field("active", _("In use"), "boolean", required=True, options=yes_no),
        Field(
            "password",
            _("New password"),
            "password",
            autocomplete="new-password",
            help=" ".join((_("Empty: stays as it is."), password_rule(view))),
        ),
        *keep,
        *await post_fields(view),
        reason_field(view),
    ]
    return form(f"/admin/persons/{row.username}", _("Record the change"), fields, {**now, **values}, problems)
