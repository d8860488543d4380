"""UI pages: what reviewers said of a version - the table on its page, the form while it is in review."""

from domain.sop_definition import SopDefinition
from domain.sop_diff import steps_by_place
from services import sop_comments
from services.sop_catalogue import VersionRow
from services.sop_comments import CommentRow
from ui.contexts.parts import Cell, Column, Empty, Field, Option, Row, Table
from ui.formats import instant, offset
from ui.view import View


async def comments_of(view: View, row: VersionRow, definition: SopDefinition) -> Table | None:
    """The comments on a version; None where there are none and none can be made."""
    _ = view.words.gettext
    found = await sop_comments.of_version(view.platform, row.id, actor=view.person)
    if not found and row.state != "in_review":
        return None
    titles = dict(_steps(view, definition))
    whole = _("The whole procedure")
    rows = [
        Row(
            [
                Cell(titles.get(one.step, one.step) if one.step else whole, sub=_by(view, one)),
                Cell(one.text),
            ]
        )
        for one in found
    ]
    columns = [Column(_("Of")), Column(_("What was said"))]
    return Table("comments", _("Comments"), columns, rows, Empty(_("No comments yet")))


def _by(view: View, one: CommentRow) -> str:
    """Who said it, and when."""
    at = instant(one.recorded_at, view.zone, seconds=True)
    return f"{one.actor} · {at} {offset(one.recorded_at, view.zone)}"


def comment_fields(view: View, definition: SopDefinition) -> list[Field]:
    """A step, or the whole, and what is said of it."""
    _ = view.words.gettext
    options = [Option(place, title) for place, title in _steps(view, definition)]
    return [
        Field("step", _("Step"), "choice", options=options, help=_("None: of the whole procedure.")),
        Field("reason", _("Your comment"), "textarea", required=True, max_length=1000),
    ]


def _steps(view: View, definition: SopDefinition) -> list[tuple[str, str]]:
    """Every step's place and title."""
    steps = steps_by_place(definition).items()
    return [(place, view.words.pick(one.title) if one.title else one.id) for place, one in steps]
