"""UI pages: training - what a person has to read before its tasks come, the reading, and the register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from domain.sop_definition import SopDefinition, Step
from services import sop_catalogue, training
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.training import TrainingNeed, TrainingSheet
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Field, Form, Group, Option, Row, Table
from ui.contexts.records import ListPage
from ui.contexts.sop_changes import ChangesPart
from ui.contexts.training import TrainingPage
from ui.pages.filling import NONE, Problems, filled, problems_of
from ui.pages.names import read_names
from ui.pages.sop_changes import changes_of
from ui.pages.sop_reading import Reader as DefinitionReader
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Person = Annotated[View, page_permission()]
Manager = Annotated[View, page_permission(Permission.MASTER_READ)]
QUESTION = "question."
WRONG_PASSWORD = {"wrong_password", "locked_out"}


@router.get("/training")
async def list_own(view: Person) -> Response:
    """What the person has to read, then what is on record."""
    _ = view.words.gettext
    found = await training.mine(view.platform, actor=view.person)
    open_first = sorted(found, key=lambda one: one.trained_on is not None)
    empty = Empty(
        _("Nothing to read"), _("When a version of a procedure of your posts is approved it appears here.")
    )
    labels = [_("Procedure"), _("In force from"), _("State")]
    table = Table("training", _("My training"), _columns(labels), [_own(view, n) for n in open_first], empty)
    intro = _("Read the version, answer its questions and sign. Without it nobody gets its tasks.")
    return view.page(ListPage(_("My training"), intro, table, tabs=_tabs(view, "/training")))


@router.get("/training/register")
async def list_register(view: Manager) -> Response:
    """Who is trained on what: who is missing stands first."""
    _ = view.words.gettext
    found = await training.register(view.platform, actor=view.person)
    wanted = view.query("sop")
    rows = [one for one in found if not wanted or one.sop == wanted]
    table = Table(
        "register",
        _("Who is trained on what"),
        _columns([_("Procedure"), _("Trained"), _("Not trained yet"), _("In force from")]),
        [_version(view, group) for group in _by_version(rows)],
        Empty(_("No procedures"), _("Approved versions whose posts are held appear here.")),
    )
    intro = _("Each version that is approved or in force, with the people whose posts have work in it.")
    return view.page(ListPage(_("Training register"), intro, table, tabs=_tabs(view, "/training/register")))


@router.get("/training/{sop}/{version}")
async def show(sop: str, version: str, view: Person) -> Response:
    """The version to read, with its questions and the signature."""
    found = await training.sheet(view.platform, sop, _number(version), actor=view.person)
    return view.page(await _page(view, found))


@router.post("/training/{sop}/{version}")
async def read(sop: str, version: str, view: Person) -> Response:
    """Read and understood: the answers and the signature."""
    fields = await view.fields()
    password = str((await view.posted()).get("password", ""))
    answers = {
        name.removeprefix(QUESTION): said for name, said in fields.items() if name.startswith(QUESTION)
    }
    try:
        await training.read(
            view.platform,
            sop,
            _number(version),
            answers,
            signature=SignatureGiven(password),
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        found = await training.sheet(view.platform, sop, _number(version), actor=view.person)
        problems = _problems(view, refusal)
        return view.page(await _page(view, found, answers, problems), status_of(refusal))
    return view.go("/training", view.words.gettext("Signed: you are trained on this version."))


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - what fits an integer of the database
        raise NotFound(what=f"规程版本 / SOP version {text[:20]}")
    return int(text)


def _problems(view: View, refusal: Refusal) -> Problems:
    if refusal.code in WRONG_PASSWORD:
        return Problems({"password": refusal.message(view.language)})
    told = problems_of(view, refusal)
    return Problems({QUESTION + name: said for name, said in told.by_field.items()}, told.whole, told.status)


async def _page(
    view: View, found: TrainingSheet, answers: dict[str, str] | None = None, problems: Problems = NONE
) -> TrainingPage:
    _ = view.words.gettext
    names = await read_names(view, "post")
    definition, record = found.definition, found.record
    reader = DefinitionReader(view.words, names.known["post"], definition)
    if record:
        state = Chip(_("trained on %(day)s", day=record.trained_on.isoformat()), "check", "good")
    else:
        state = Chip(_("to be read"), "clock", "warn") if found.needed else Chip(_("may be read"))
    chips = [state]
    if found.drilled_at:
        chips.append(Chip(_("took part in a drill of it"), "check", "good"))
    return TrainingPage(
        title=view.words.pick(definition.title),
        eyebrow=_("v%(n)s", n=found.text.version),
        subtitle=view.words.pick(definition.summary) if definition.summary else "",
        chips=chips,
        back=Action(_("My training"), "/training"),
        actions=[
            Action(_("Flowchart"), f"/sops/{found.text.sop}/versions/{found.text.version}/flowchart", "route")
        ]
        if view.may(Permission.SOP_READ)
        else [],
        mine=reader.cards(_own_steps(view, definition)),
        changes=await _changes(view, found),
        steps=reader.sections(),
        form=None if record else _form(view, found, answers or {}, problems),
    )


def _own_steps(view: View, definition: SopDefinition) -> list[Step]:
    """The steps that the reader's posts do."""
    posts = {one.post for one in view.person.assignments}
    return [step for step in definition.walk() if step.human and step.human.post in posts]


async def _changes(view: View, found: TrainingSheet) -> ChangesPart | None:
    """What is different from the version before, for who may read procedures."""
    text = found.text
    if text.version == 1 or not view.may(Permission.SOP_READ):
        return None
    known = await sop_catalogue.get_version(view.platform, text.sop, text.id, actor=view.person)
    return await changes_of(view, known.row)


def _form(view: View, found: TrainingSheet, answers: dict[str, str], problems: Problems) -> Form:
    _, pick = view.words.gettext, view.words.pick
    questions = [
        Field(
            QUESTION + name,
            pick(question.label),
            "choice",
            answers.get(name, ""),
            required=True,
            options=[Option(key, pick(words)) for key, words in question.options.items()],
        )
        for name, question in found.definition.quiz.items()
    ]
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    groups = [Group(filled([password], {}, problems), _("Meaning: read and understood"))]
    if questions:
        groups.insert(0, Group(filled(questions, {}, problems), _("Questions")))
    action = f"/training/{found.text.sop}/{found.text.version}"
    return Form(action, _("I have read and understood it, and sign"), groups, problem=problems.whole)


def _own(view: View, need: TrainingNeed) -> Row:
    _ = view.words.gettext
    href = f"/training/{need.sop}/{need.version}"
    trained = need.trained_on is not None
    return Row(
        [
            Cell(_title(view, need), href=href, sub=_("v%(n)s", n=need.version)),
            _since(view, need),
            Cell(
                Chip(_("trained"), "check", "good") if trained else Chip(_("to be read"), "clock", "warn"),
                "chip",
            ),
        ],
        "neutral" if trained else "warn",
    )


def _since(view: View, need: TrainingNeed) -> Cell:
    if need.since is None:
        return Cell(view.words.gettext("approved, no date yet"))
    return Cell(need.since, "instant")


def _version(view: View, group: Sequence[TrainingNeed]) -> Row:
    first, left = group[0], [one for one in group if one.trained_on is None]
    numbers = f"{len(group) - len(left)} / {len(group)}"
    names = "、".join(one.name for one in left) if view.language == "zh" else ", ".join(n.name for n in left)
    numbers_cell = Cell(numbers, "quantity", sub=_drilled(view, group))
    missing = (
        Cell(names) if left else Cell(Chip(view.words.gettext("nobody is missing"), "check", "good"), "chip")
    )
    href = f"/sops/{first.sop}/versions/{first.version}"
    since = _since(view, first)
    told = Cell(_title(view, first), href=href, sub=view.words.gettext("v%(n)s", n=first.version))
    return Row([told, numbers_cell, missing, since], "warn" if left else "neutral")


def _drilled(view: View, group: Sequence[TrainingNeed]) -> str:
    """How many of them took part in a drill of it."""
    count = sum(one.drilled for one in group)
    return view.words.ngettext("%(n)s in a drill", "%(n)s in a drill", count) if count else ""


def _by_version(rows: Sequence[TrainingNeed]) -> list[list[TrainingNeed]]:
    """The people of each version together; versions with somebody missing first."""
    groups: dict[tuple[str, int], list[TrainingNeed]] = {}
    for one in rows:
        groups.setdefault(one.key, []).append(one)
    return sorted(groups.values(), key=lambda group: all(one.trained_on for one in group))


def _title(view: View, need: TrainingNeed) -> str:
    return view.words.pick({"zh": need.title_zh, "en": need.title_en})


def _columns(labels: Sequence[str]) -> list[Column]:
    return [Column(label) for label in labels]


def _tabs(view: View, here: str) -> list[tuple[str, str, bool]]:
    _ = view.words.gettext
    tabs = [("/training", _("My training")), ("/training/register", _("Training register"))]
    shown = tabs if view.may(Permission.MASTER_READ) else []
    return [(href, label, href == here) for href, label in shown]
