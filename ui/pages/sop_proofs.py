"""UI pages: what must hold on every path of a version - read, and in a draft ticked and added to."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_calls import ends_of
from domain.sop_definition import Text
from domain.sop_findings import DefinitionInvalid
from domain.sop_proof import Proof
from domain.sop_proof_words import Names, path_words, ruled_out_words, sentence
from domain.sop_proofs import Result
from services import sop_catalogue, sop_proofs
from services.permissions import Permission
from services.sop_proofs import ProofBook
from ui.answers import PageRoute, status_of
from ui.contexts.flowchart import Mark, Picture
from ui.contexts.parts import Action, Chip, Form, Tone
from ui.contexts.sop_proofs import ProofLine, SopProofsPage
from ui.pages.filling import Problems, problems_of
from ui.pages.flow_picture import picture
from ui.pages.listing import identity
from ui.pages.names import read_names
from ui.pages.proof_form import proof_form, proof_of
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.translation import mark
from ui.view import View
from ui.words import RUN_OUTCOMES, word

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
ONE = "/sops/{key}/versions/{ref}/proofs"
VERDICTS: Mapping[str, tuple[str, str, Tone]] = {
    "holds": (mark("Proven"), "check", "good"),
    "fails": (mark("Does not hold"), "alert", "bad"),
    "undecided": (mark("Not proven"), "alert", "bad"),
    "idle": (mark("Says nothing here"), "pause", "warn"),
    "": (mark("Not looked at"), "pause", "neutral"),
}
FIRST = 12
"""Sentences offered at once; further ones come when some of these are ticked."""


@router.get(ONE)
async def show_proofs(key: str, ref: str, view: Reader) -> Response:
    """Each sentence with whether it holds; one that fails with its path on the flowchart."""
    try:
        return view.page(await _page(view, key, ref))
    except DefinitionInvalid:
        return view.page(await _incomplete(view, key, ref))


async def _incomplete(view: View, key: str, ref: str) -> SopProofsPage:
    """A draft that cannot be read as a procedure yet."""
    _ = view.words.gettext
    row = (await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)).row
    return SopProofsPage(
        title=view.words.pick({"zh": row.title_zh, "en": row.title_en}),
        eyebrow=_("Draft"),
        intro="",
        back=_back(view, key, ref, row.id if view.may(Permission.SOP_DRAFT) else None),
        address="",
        revision=0,
        lines=[],
        empty=_("No sentence can be told yet."),
        note=_("The draft is incomplete: what is certain on every path can be told when it can be read."),
    )


@router.post(ONE + "/tick")
async def tick(key: str, ref: str, view: Drafter) -> Response:
    """Adds a sentence that is offered."""
    return await _changed(view, key, ref, "proof")


@router.post(ONE + "/untick")
async def untick(key: str, ref: str, view: Drafter) -> Response:
    """Takes a sentence out."""
    return await _changed(view, key, ref, "proof", out=True)


@router.post(ONE + "/add")
async def add(key: str, ref: str, view: Drafter) -> Response:
    """Adds a sentence put together of its parts."""
    return await _changed(view, key, ref, "")


async def _changed(view: View, key: str, ref: str, field: str, *, out: bool = False) -> Response:
    fields, version_id = await view.fields(), identity(ref, "草稿 / draft")
    try:
        proof = _read(fields, field)
        change = sop_proofs.untick if out else sop_proofs.tick
        await change(
            view.platform,
            version_id,
            proof,
            revision=_number(fields.get("revision", "")),
            actor=view.person,
            request_id=view.request_id,
        )
    except DefinitionInvalid:
        raise
    except Refusal as refusal:
        return view.page(await _page(view, key, ref, fields, problems_of(view, refusal)), status_of(refusal))
    return view.go(f"/sops/{key}/versions/{ref}/proofs", view.words.gettext("The draft is kept."))


def _number(text: str) -> int:
    """The revision that the page showed; -1, which is none, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004


def _read(fields: Mapping[str, str], field: str) -> Proof:
    try:
        return Proof.model_validate_json(fields.get(field, "")) if field else proof_of(fields)
    except ValidationError:
        raise sop_proofs.NoSentence from None


async def _page(
    view: View, key: str, ref: str, values: Mapping[str, Any] | None = None, problems: Problems | None = None
) -> SopProofsPage:
    _ = view.words.gettext
    found = await sop_proofs.book(view.platform, key, version_named(ref), actor=view.person)
    row = found.row
    names = await _names(view, found)
    results: list[Result | None] = [*found.results] or [None] * len(found.proofs)
    lines = [
        _line(view, found, names, proof, result, number)
        for number, (proof, result) in enumerate(zip(found.proofs, results, strict=True))
    ]
    offered = [_line(view, found, names, one.proof, one) for one in found.offered[:FIRST]]
    more: Form | None = None
    if found.draft is not None:
        action = f"/sops/{key}/versions/{ref}/proofs/add"
        more = proof_form(view, action, found.definition, names, values or {}, problems)
    note = ""
    if found.proofs and not found.results:
        note = _("The paths cannot be walked yet: first put right what the check finds in the flow.")
    return SopProofsPage(
        title=view.words.pick(found.definition.title),
        eyebrow=_("v%(n)s", n=row.version) if row.version else _("Draft"),
        intro=_("Sentences about every way that a run can take; each is checked over all of them."),
        back=_back(view, key, ref, found.draft.row.id if found.draft else None),
        address=f"/sops/{key}/versions/{ref}/proofs",
        revision=found.draft.revision if found.draft else 0,
        lines=lines,
        empty=_("No sentence is ticked."),
        offered=offered,
        note=note,
        more=more,
    )


async def _names(view: View, found: ProofBook) -> Names:
    """What posts and ends are called, in the language of the person."""
    posts = (await read_names(view, "post")).known["post"]
    ends = {end: Text(zh=word(RUN_OUTCOMES, end, view.words)) for end in ends_of(found.definition)}
    return Names({code: Text(zh=name) for code, name in posts.items()}, ends, found.tables)


def _back(view: View, key: str, ref: str, draft: UUID | None) -> Action:
    if draft is not None:
        return Action(view.words.gettext("The designer"), f"/sops/{key}/versions/{draft}/design")
    return Action(view.words.gettext("The version"), f"/sops/{key}/versions/{ref}")


def _line(
    view: View,
    found: ProofBook,
    names: Names,
    proof: Proof,
    result: Result | None,
    number: int = -1,
) -> ProofLine:
    _ = view.words.gettext
    word, icon, tone = VERDICTS[result.verdict if result else ""]
    said = sentence(proof, found.definition, names)
    path = path_words(result.path, found.definition, names) if result and result.path else None
    counted = ""
    if result is not None and result.states:
        counted = view.words.ngettext(
            "%(n)s situation looked at, at most %(bound)s",
            "%(n)s situations looked at, at most %(bound)s",
            result.states,
            bound=result.bound,
        )
    closed = ruled_out_words(result.ruled_out, found.definition) if result else []
    return ProofLine(
        sentence=view.words.pick(said),
        chip=Chip(_(word), icon, tone),
        counted=counted,
        path=view.words.pick(path) if path else "",
        ruled_out=[view.words.pick(one) for one in closed],
        flowchart=_picture(view, found, result, names, number) if result and path and number >= 0 else None,
        value=json.dumps(sop_proofs.as_data(proof), ensure_ascii=False) if found.draft else "",
    )


def _picture(view: View, found: ProofBook, result: Result, names: Names, number: int) -> Picture:
    """The flowchart with the path: walked steps, and the one at which the sentence fails."""
    walked: dict[str, Mark] = {s.step: "walked" for s in result.path if s.why != "skipped"}
    walked[result.path[-1].step] = "failed"
    return picture(
        found.definition,
        view.words,
        marks=walked,
        posts={code: name.zh for code, name in names.posts.items()},
        tables=found.tables,
        name=f"flow_proof_{number}",
    )
