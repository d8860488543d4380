"""UI pages: the cases of a version - run, what they leave out, and in a draft changed as forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_calls import ends_of
from domain.sop_case_words import CaseWords
from domain.sop_coverage import Coverage
from domain.sop_definition import Text
from domain.sop_findings import DefinitionInvalid
from services import sop_cases, sop_editing
from services.permissions import Permission
from services.sop_cases import CaseBook, NoSuchCase, Played
from ui.answers import PageRoute, status_of
from ui.contexts.flowchart import Mark
from ui.contexts.parts import Action, Chip, Field, Form, Group
from ui.contexts.sop_cases import CaseLine, SopCasePage, SopCasesPage
from ui.pages.case_form import ends, fields_of, names_of, read, shown
from ui.pages.filling import NONE, Problems, filled, problems_of
from ui.pages.flow_picture import picture
from ui.pages.listing import identity
from ui.pages.names import read_names
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.view import View
from ui.words import RUN_OUTCOMES, word

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
LIST = "/sops/{key}/versions/{ref}/cases"
ONE = LIST + "/{number}"


@router.get(LIST)
async def show_cases(key: str, ref: str, view: Reader) -> Response:
    """Every case with whether it passes, and what none of them walks."""
    return view.page(await _page(view, key, ref))


@router.post(LIST + "/add")
async def add(key: str, ref: str, view: Drafter) -> Response:
    """A new case, open as a form."""
    return await _made(view, key, ref, sop_cases.add)


@router.post(ONE + "/copy")
async def copy(key: str, ref: str, number: str, view: Drafter) -> Response:
    """A case once more, open as a form."""
    return await _made(view, key, ref, sop_cases.copy, _number(number))


@router.post(ONE + "/remove")
async def remove(key: str, ref: str, number: str, view: Drafter) -> Response:
    """Takes a case out."""
    return await _made(view, key, ref, sop_cases.remove, _number(number), opens=False)


@router.post(ONE + "/path")
async def take_path(key: str, ref: str, number: str, view: Drafter) -> Response:
    """What was walked becomes what is expected."""
    return await _made(view, key, ref, sop_cases.take_path, _number(number), opens=False)


@router.get(ONE)
async def show_case(key: str, ref: str, number: str, view: Drafter) -> Response:
    """A case of a draft as a form."""
    return view.page(await _case_page(view, key, ref, _number(number)))


@router.post(ONE)
async def keep_case(key: str, ref: str, number: str, view: Drafter) -> Response:
    """Keeps what was entered as a revision of the draft."""
    fields, at = await view.fields(), _number(number)
    if not fields.get("name_zh"):
        told = Problems({"name_zh": view.words.gettext("Say what it is called in Chinese.")})
        return view.page(await _case_page(view, key, ref, at, fields, told), told.status)
    book, words = await _book(view, key, ref)
    try:
        await sop_cases.keep(
            view.platform,
            identity(ref, "草稿 / draft"),
            at,
            lambda case: read(case, fields_of(case, book.definition, book.called, words, view.words), fields),
            revision=_revision(fields),
            actor=view.person,
            request_id=view.request_id,
        )
    except DefinitionInvalid:
        raise
    except Refusal as refusal:
        told = problems_of(view, refusal)
        return view.page(await _case_page(view, key, ref, at, fields, told), status_of(refusal))
    return view.go(_address(key, ref), view.words.gettext("The draft is kept."))


async def _made(
    view: View,
    key: str,
    ref: str,
    command: Callable[..., Awaitable[Any]],
    *number: int,
    opens: bool = True,
) -> Response:
    try:
        made = await command(
            view.platform,
            identity(ref, "草稿 / draft"),
            *number,
            revision=_revision(await view.fields()),
            actor=view.person,
            request_id=view.request_id,
        )
    except DefinitionInvalid:
        raise
    except Refusal as refusal:
        page = await _page(view, key, ref, refusal.message(view.language))
        return view.page(page, status_of(refusal))
    target = f"{_address(key, ref)}/{made}" if opens else _address(key, ref)
    return view.go(target, view.words.gettext("The draft is kept."))


def _address(key: str, ref: str) -> str:
    return f"/sops/{key}/versions/{ref}/cases"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1  # noqa: PLR2004


def _revision(fields: Mapping[str, str]) -> int:
    text = fields.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004


async def _book(view: View, key: str, ref: str) -> tuple[CaseBook, CaseWords]:
    book = await sop_cases.play(view.platform, key, version_named(ref), actor=view.person)
    posts = (await read_names(view, "post")).known["post"]
    named = {end: Text(zh=word(RUN_OUTCOMES, end, view.words)) for end in ends_of(book.definition)}
    called = {code: Text(zh=name) for code, name in posts.items()}
    return book, CaseWords(book.definition, tables=book.tables, posts=called, ends=named)


async def _page(view: View, key: str, ref: str, problem: str = "") -> SopCasesPage:
    _ = view.words.gettext
    book, words = await _book(view, key, ref)
    row, address = book.row, _address(key, ref)
    lines = [_line(view, book, words, number, one, address) for number, one in enumerate(book.played)]
    if not book.played:
        lines = [
            CaseLine(
                number, view.words.own(case.name), Chip(_("Not run"), "pause"),
                edit=f"{address}/{number}" if book.draft else "",
            )
            for number, case in enumerate(book.definition.cases)
        ]  # fmt: skip
    problems = [problem] if problem else []
    if book.errors:
        problems.append(_("The cases cannot be run yet: first put right what the check finds."))
        problems += [f"{one.line}:{one.column} {one.message(view.language)}" for one in book.errors]
    if book.problem:
        problems.append(view.words.pick(book.problem))
    title = f"/sops/{key}/versions/{ref}"
    return SopCasesPage(
        title=view.words.pick(book.definition.title),
        eyebrow=_("v%(n)s", n=row.version) if row.version else _("Draft"),
        intro=_("Examples that the procedure must satisfy. They are run without people, stock or waiting."),
        back=Action(_("The designer"), f"{title}/design") if book.draft else Action(_("The version"), title),
        address=address,
        revision=book.draft.revision if book.draft else 0,
        lines=lines,
        empty=_("There is no case yet."),
        chips=_verdict(view, book),
        actions=[Action(_("Run all cases"), address, "play", primary=True)],
        problems=problems,
        changeable=book.draft is not None,
        **_walked(view, book, words),
    )


def _verdict(view: View, book: CaseBook) -> list[Chip]:
    if not book.played:
        return []
    failing, all_ = len(book.failing), len(book.played)
    seen = book.coverage
    told = [Chip(one, "route", "info") for one in (_counted(view, seen) if seen else ())]
    if failing:
        said = view.words.ngettext("%(n)s of %(all)s fails", "%(n)s of %(all)s fail", failing, all=all_)
        return [Chip(said, "alert", "bad"), *told]
    said = view.words.ngettext("%(n)s case passes", "All %(n)s cases pass", all_)
    return [Chip(said, "check", "good"), *told]


def _counted(view: View, seen: Coverage) -> list[str]:
    """The coverage in numbers."""
    _ = view.words.gettext
    return [
        _("Steps walked: %(n)s of %(all)s", n=len(seen.walked), all=len(seen.steps)),
        _("Ways taken: %(n)s of %(all)s", n=len(seen.taken), all=len(seen.ways)),
    ]


def _line(view: View, book: CaseBook, words: CaseWords, number: int, one: Played, address: str) -> CaseLine:
    _, result = view.words.gettext, one.result
    passed = Chip(_("Passes"), "check", "good") if result.passed else Chip(_("Fails"), "alert", "bad")
    return CaseLine(
        number,
        view.words.own(one.case.name),
        passed,
        [view.words.pick(words.finding(found)) for found in result.findings],
        view.words.pick(words.path(result.path)),
        _("Ends: %(end)s", end=view.words.pick(words.end(result.outcome))),
        f"{address}?case={number}#flowchart",
        f"{address}/{number}" if book.draft else "",
    )


def _walked(view: View, book: CaseBook, words: CaseWords) -> dict[str, Any]:
    """The coverage in numbers, what is missing by name, and the flowchart with what was walked."""
    seen, _ = book.coverage, view.words.gettext
    if seen is None or not book.played:
        return {}
    asked = _number(view.query("case"))
    one = book.played[asked] if 0 <= asked < len(book.played) else None
    walked = one.result.walked if one else seen.walked
    marks: dict[str, Mark] = dict.fromkeys(walked, "walked")
    name = view.words.own(one.case.name) if one else _("what the cases walk")
    posts = {code: text.zh for code, text in words.posts.items()}
    return {
        "counted": _counted(view, seen),
        "steps_missing": [view.words.pick(words.step(step)) for step in seen.steps_missing],
        "ways_missing": [
            _(
                "At “%(step)s”: %(way)s",
                step=view.words.pick(words.step(way.step)),
                way=view.words.pick(words.way(way)),
            )
            for way in seen.ways_missing
        ],
        "flowchart": picture(book.definition, view.words, marks=marks, posts=posts, tables=book.tables),
        "flow_title": _("Flowchart: %(name)s", name=name),
    }


async def _case_page(
    view: View,
    key: str,
    ref: str,
    number: int,
    values: Mapping[str, str] | None = None,
    problems: Problems = NONE,
) -> SopCasePage:
    _ = view.words.gettext
    draft = await sop_editing.read_draft(view.platform, identity(ref, "草稿 / draft"), actor=view.person)
    case = sop_cases.case_at(draft.data, number)
    book, words = await _book(view, key, ref)
    if number >= len(book.definition.cases):
        raise NoSuchCase(number=number + 1)
    one = book.played[number] if book.played else None
    fields = fields_of(case, book.definition, book.called, words, view.words)
    zh, en = names_of(case)
    head = [
        Field("revision", "", "hidden", str(draft.revision)),
        Field("name_zh", _("Name in Chinese"), value=zh, required=True, max_length=100),
        Field("name_en", _("Name in English"), value=en, max_length=100),
        ends(case, book.definition, one.result.incident if one else None, words, view.words),
    ]
    entered = {k: v for k, v in (values or {}).items() if k != "revision"}
    groups = [Group(filled(head, entered, problems)), *shown(case, fields, values)]
    address = f"{_address(key, ref)}/{number}"
    form = Form(address, _("Keep"), groups, _address(key, ref), problem=problems.whole)
    expected = book.definition.cases[number].expect.get("path")
    return SopCasePage(
        title=view.words.own(str(case.get("name", ""))),
        eyebrow=_("Case %(n)s", n=number + 1),
        intro=_("What is left empty is filled in plausibly; of outcomes the first one is taken."),
        back=Action(_("Cases"), _address(key, ref)),
        address=address,
        revision=draft.revision,
        form=form,
        expected=view.words.pick(words.path(expected)) if expected else _("any path"),
        walked=view.words.pick(words.path(sop_cases.steps_in(one.result.path))) if one else "",
        findings=[view.words.pick(words.finding(f)) for f in one.result.findings] if one else [],
        notes=[_("Only in the YAML can be changed: %(what)s", what=_(", ").join(fields.left))]
        if fields.left
        else [],
    )
