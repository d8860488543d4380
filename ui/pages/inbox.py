"""UI pages: the inbox - mine, claimable, overdue first; a live count; scan anything to jump to its task."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from services import tasks
from services.permissions import Permission
from services.tasks import InboxCounts, TaskRow
from ui import formats
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Empty, Filter
from ui.contexts.swaps import TodoPart
from ui.contexts.work import InboxItem, InboxList, InboxPage
from ui.pages.filling import several
from ui.pages.listing import PAGE, address, after, asked, choice, identity, next_href, search, site_options
from ui.session import page_permission
from ui.streams import watched
from ui.view import View, inside

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Worker = Annotated[View, page_permission(Permission.TASK_WORK, Permission.TASK_READ)]
Finder = Annotated[View, page_permission(Permission.TASK_WORK, Permission.TASK_READ, asks=True)]
Claimer = Annotated[View, page_permission(Permission.TASK_WORK)]


@router.get("/inbox")
async def inbox(view: Worker) -> Response:
    """The page that answers: what must I do now."""
    return view.page(await _page(view))


@router.post("/inbox/find")
async def find(view: Finder) -> Response:
    """Any code leads to its task."""
    code = (await view.fields()).get("code", "")
    if not code:
        return view.go("/inbox")
    try:
        task_id = await tasks.task_of_code(view.platform, code, actor=view.person)
    except NotFound:
        said = view.words.gettext("No open task of yours has the code %(code)s.", code=code[:80])
        return view.page(await _page(view, said), 404)
    except Refusal as refusal:
        return view.page(await _page(view, refusal.message(view.language)), status_of(refusal))
    return view.go(f"/tasks/{task_id}")


@router.post("/inbox/claim")
async def claim_many(view: Claimer) -> Response:
    """Claims the ticked tasks, an answer for each."""
    chosen = [identity(task, "任务 / task") for task in await several(view, "task")]
    target = inside((await view.fields()).get("return_to"))
    if not chosen:
        return view.go(target, view.words.gettext("Tick the tasks first."), "warn")
    answers = await tasks.claim_many(view.platform, chosen, actor=view.person, request_id=view.request_id)
    lost = [answer for answer in answers if not answer.claimed]
    said = view.words.ngettext("%(n)s task is yours.", "%(n)s tasks are yours.", len(answers) - len(lost))
    reasons = " ".join(dict.fromkeys((a.message or {}).get(view.language, "") for a in lost))
    return view.go(target, f"{said} {reasons}".strip(), "warn" if lost else "good")


@router.get("/inbox/events")
async def events(view: Worker) -> Response:
    """The live number of tasks, sent when it changes."""

    async def look() -> tuple[str, Callable[[], str]]:
        counts = await tasks.counts(view.platform, actor=view.person)
        todo = counts.mine + counts.claimable
        return f"{todo}.{counts.overdue}", lambda: view.counted(todo, counts.overdue).html(TodoPart())

    return watched(view, "todo", look)


async def _page(view: View, finder_error: str = "") -> InboxPage:
    _ = view.words.gettext
    counts = await tasks.counts(view.platform, actor=view.person)
    chosen = view.query("view") or ("mine" if counts.mine or not counts.claimable else "claimable")
    filter_ = Filter(
        "/inbox",
        "inbox-list",
        [search(view, _("Search")), choice(view, "site", _("Site"), await site_options(view))],
    )
    commands = "/command-codes" if view.may(Permission.TASK_WORK) else ""
    listed = await _list(view, chosen)
    return InboxPage(_("Inbox"), _tabs(view, counts, chosen), filter_, listed, finder_error, commands)


def _tabs(view: View, counts: InboxCounts, chosen: str) -> list[tuple[str, str, int, bool]]:
    _ = view.words.gettext
    tabs = [("mine", _("Mine"), counts.mine), ("claimable", _("Claimable"), counts.claimable)]
    if view.may(Permission.TASK_READ):
        tabs.append(("all", _("All open"), -1))
    return [(f"/inbox?view={key}", label, count, key == chosen) for key, label, count in tabs]


async def _list(view: View, chosen: str) -> InboxList:
    _ = view.words.gettext
    page = await tasks.list_tasks(
        view.platform,
        actor=view.person,
        assignee="me" if chosen == "mine" else None,
        claimable=True if chosen == "claimable" else None,
        site=asked(view, "site"),
        text=asked(view, "text"),
        after=after(view),
        limit=PAGE,
    )
    empty = Empty(_("Nothing to do"), _("New tasks appear here by themselves."), icon="check")
    # The view that nobody chose is chosen anew by every look: the first claimable task shows itself.
    here = address(view) if view.request.method == "GET" else "/inbox"
    claimable = chosen == "claimable" and bool(page.items)
    return InboxList([item(view, row) for row in page.items], empty, here, claimable, next_href(view, page))


def item(view: View, row: TaskRow) -> InboxItem:
    """One line says step, procedure, object, place, due in."""
    pick = view.words.pick
    tone, due = formats.due(row.due_at, view.now, view.words)
    place = " · ".join(
        (
            pick({"zh": row.sop_title_zh, "en": row.sop_title_en}),
            pick({"zh": row.site_zh, "en": row.site_en}),
            pick({"zh": row.post_zh, "en": row.post_en}),
        )
    )
    chip = codes.chip(
        codes.TASK_STATES if row.kind == "step" else codes.TASK_KINDS,
        row.state if row.kind == "step" else row.kind,
        view.words,
    )
    waits = row.run_state == "suspended"  # nobody can do anything with it until the run is resumed
    if waits:
        chip = codes.chip(codes.RUN_STATES, row.run_state, view.words)
    return InboxItem(
        id=str(row.id),
        title=pick({"zh": row.title_zh, "en": row.title_en}),
        object=pick({"zh": row.object, "en": row.object_en}),
        place=place,
        due_tone=tone,
        due=due,
        chip=chip,
        claimable=row.state == "open" and not waits,
        holder=row.assignee or "",
    )
