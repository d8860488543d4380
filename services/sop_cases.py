"""Services: the cases of a version - played, what they walk together, and in a draft changed (D5).

Playing is computing: it runs beside the event loop. Knows no HTTP.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from db.queries import references
from domain import sop_document as document
from domain.decision_table import DecisionTable
from domain.errors import Refusal
from domain.sop_bundle import Bundle
from domain.sop_calls import CalledSop
from domain.sop_case import SimulationResult
from domain.sop_coverage import Coverage, coverage
from domain.sop_definition import Case, SopDefinition, Text
from domain.sop_document import Data, value_at
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_simulation import simulate
from services import sop_calls, sop_catalogue, sop_editing
from services.permissions import Permission
from services.platform import Actor, Platform
from services.sop_catalogue import VersionRow, VersionView
from services.sop_checks import bundle_of
from services.sop_editing import DraftView

PLACE = "cases"
CaseEdit = Callable[[Data], Data]
"""A change of one case as data."""


class NoSuchCase(Refusal):
    """There is no case of this number: somebody has changed the draft."""

    code = "no_such_case"
    kind = "conflict"
    zh = "没有第 {number} 个用例，草稿可能已被修改，请刷新"
    en = "There is no case {number}: the draft may have been changed; reload the page"


@dataclass(frozen=True)
class Played:
    """A case as it stands in its definition, with what playing it came to."""

    case: Case
    result: SimulationResult


@dataclass(frozen=True)
class CaseBook:
    """The cases of a version. With `errors` nothing was played, and there is no `coverage`.

    `draft` is there where the cases can be changed: in a draft of one's own.
    """

    row: VersionRow
    definition: SopDefinition
    tables: Mapping[str, DecisionTable]
    called: Mapping[str, CalledSop]
    played: Sequence[Played] = ()
    coverage: Coverage | None = None
    errors: Sequence[Finding] = ()
    problem: Text | None = None
    draft: DraftView | None = None

    @property
    def failing(self) -> list[Played]:
        """The cases that do not come to what they expect."""
        return [one for one in self.played if not one.result.passed]


@dataclass(frozen=True)
class Ready:
    """The bundle by which a version is played, or why there is none: errors of the check, or a problem."""

    bundle: Bundle | None = None
    errors: list[Finding] = field(default_factory=list)
    problem: Text | None = None


async def play(platform: Platform, key: str, version: int | UUID, *, actor: Actor) -> CaseBook:
    """Play all cases of a version; NotFound, NotPermitted, DefinitionInvalid for a text without shape."""
    found = await sop_catalogue.get_version(platform, key, version, actor=actor)
    row, definition = found.row, found.written
    own = row.state == "draft" and row.origin == "local" and actor.may(Permission.SOP_DRAFT)
    draft = await sop_editing.read_draft(platform, row.id, actor=actor) if own else None
    made = await ready(platform, found, definition)
    async with platform.database.read() as tx:
        keys = sop_calls.keys_called(definition)
        called = await sop_calls.in_force(tx, keys, await references.clock_now(tx))
    book = CaseBook(
        row, definition, found.tables, called, errors=made.errors, problem=made.problem, draft=draft
    )
    if made.bundle is None:
        return book
    results = await asyncio.to_thread(played, made.bundle, definition.cases)
    seen = coverage(definition, [one.result for one in results])
    return CaseBook(row, definition, found.tables, called, results, seen, draft=draft)


def played(bundle: Bundle, cases: Sequence[Case]) -> list[Played]:
    """Each case with what it came to."""
    return [Played(case, simulate(bundle, case)) for case in cases]


async def ready(platform: Platform, found: VersionView, definition: SopDefinition) -> Ready:
    """The bundle that the version is pinned to, of a draft one of today; or why there is none."""
    if found.bundle is not None:
        return Ready(Bundle.from_json(found.bundle))
    if errors := [one for one in found.findings if one.severity == "error"]:
        return Ready(errors=errors)
    try:
        async with platform.database.read() as tx:
            return Ready(await bundle_of(tx, definition, platform))
    except Refusal as refusal:
        return Ready(problem=Text(zh=refusal.message("zh"), en=refusal.message("en")))


async def add(
    platform: Platform, version_id: UUID, *, revision: int, actor: Actor, request_id: str = ""
) -> int:
    """A new case at the end, which expects the first end; its number."""
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)
    cases = value_at(draft.data, (PLACE,)) or []
    ends = [one["end"] for _, one in document.steps(draft.data) if isinstance(one.get("end"), str)]
    name = f"新用例 {len(cases) + 1} / New case {len(cases) + 1}"
    new = {"name": name, "expect": {"outcome": next(iter(ends), "completed")}}
    await sop_editing.change(
        platform,
        version_id,
        lambda data: document.add(data, (PLACE,), new),
        what=Text(zh="增加用例", en="case added"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )
    return len(cases)


async def copy(
    platform: Platform, version_id: UUID, number: int, *, revision: int, actor: Actor, request_id: str = ""
) -> int:
    """A case once more, behind it; its number. NoSuchCase."""
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)
    case = case_at(draft.data, number)
    zh, slash, en = str(case.get("name", "")).partition(" / ")
    name = f"{zh}（副本） / {en} (copy)" if slash else f"{zh}（副本）"
    await sop_editing.change(
        platform,
        version_id,
        lambda data: document.add(data, (PLACE,), {**case_at(data, number), "name": name}, at=number + 1),
        what=_what(case, "复制用例", "case copied"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )
    return number + 1


async def remove(
    platform: Platform, version_id: UUID, number: int, *, revision: int, actor: Actor, request_id: str = ""
) -> DraftView:
    """Without a case. NoSuchCase."""
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)
    last = len(value_at(draft.data, (PLACE,)) or []) == 1

    def edit(data: Data) -> Data:
        case_at(data, number)
        return document.remove(data, (PLACE,) if last else (PLACE, number))

    return await sop_editing.change(
        platform,
        version_id,
        edit,
        what=_what(case_at(draft.data, number), "删除用例", "case taken out"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )


async def keep(
    platform: Platform,
    version_id: UUID,
    number: int,
    edit: CaseEdit,
    *,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> DraftView:
    """Change one case of a draft; NoSuchCase, and what `sop_editing.change` refuses."""
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)
    return await sop_editing.change(
        platform,
        version_id,
        lambda data: document.put(data, (PLACE, number), edit(case_at(data, number))),
        what=_what(case_at(draft.data, number), "修改用例", "case changed"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )


async def take_path(
    platform: Platform, version_id: UUID, number: int, *, revision: int, actor: Actor, request_id: str = ""
) -> DraftView:
    """The path that the case walks now becomes the one that it expects; its expected end stays."""
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)
    book = await play(platform, draft.row.key, version_id, actor=actor)
    if book.errors or book.problem:
        raise DefinitionInvalid(list(book.errors))
    if not 0 <= number < len(book.played):
        raise NoSuchCase(number=number + 1)
    path = steps_in(book.played[number].result.path)

    def edit(case: Data) -> Data:
        return {**case, "expect": {"path": path, **_without(case.get("expect"), "path")}}

    return await keep(
        platform, version_id, number, edit, revision=revision, actor=actor, request_id=request_id
    )


def steps_in(path: Sequence[str]) -> list[str]:
    """A walked path as a case writes it: without its end."""
    return [one for one in path if not one.startswith("end_")]


def case_at(data: Data, number: int) -> Data:
    """A case as data; NoSuchCase."""
    found = value_at(data, (PLACE, number)) if number >= 0 else None
    if not isinstance(found, dict):
        raise NoSuchCase(number=number + 1)
    return found


def _without(mapping: Any, key: str) -> Data:
    return {k: v for k, v in mapping.items() if k != key} if isinstance(mapping, dict) else {}


def _what(case: Data, zh: str, en: str) -> Text:
    name = str(case.get("name", ""))
    left, slash, right = name.partition(" / ")
    return Text(zh=f"{zh}：{left}"[:300], en=f"{en}: {right if slash else left}"[:300])
