"""Services: what must hold on every path of a version - proven, offered, ticked and taken out (D2).

Proving is computing: it runs beside the event loop. Knows no HTTP.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.queries import references
from domain import sop_document as document
from domain.decision_table import DecisionTable
from domain.errors import Invalid, Refusal
from domain.sop_definition import SopDefinition, Text
from domain.sop_document import Data, value_at
from domain.sop_findings import Finding
from domain.sop_lint_proofs import can_be_walked
from domain.sop_proof import Proof
from domain.sop_proof_proposals import proposals
from domain.sop_proof_words import Names, sentence
from domain.sop_proofs import Prover, Result
from services import sop_calls, sop_catalogue, sop_editing
from services.permissions import Permission
from services.platform import Actor, Platform
from services.sop_catalogue import VersionRow
from services.sop_checks import catalogue_of
from services.sop_editing import DraftView

PLACE = ("proofs",)


class NotAmongProofs(Refusal):
    """The sentence does not stand where it is to be taken out: somebody has changed the draft."""

    code = "not_among_proofs"
    kind = "conflict"
    zh = "草稿中已没有这一句，请刷新后重试"
    en = "The draft does not have this sentence any more: reload the page"


class NoSentence(Invalid):
    """What was chosen makes no sentence."""

    code = "no_sentence"
    zh = "所选内容不成一句：“任何路径都不会…”须选择“没有什么”或“在什么之后”之一"
    en = "This makes no sentence: say without what, or after what, no path does it"


@dataclass(frozen=True)
class ProofBook:
    """The proofs of a version with what came of each, and what could be added to them.

    `results` is empty when the paths cannot be walked: the flow has errors, or a proof names what is not
    there. `offered` only where it can be ticked: in a draft of one's own.
    """

    row: VersionRow
    definition: SopDefinition
    tables: Mapping[str, DecisionTable]
    proofs: Sequence[Proof]
    results: Sequence[Result]
    offered: Sequence[Result]
    draft: DraftView | None


async def book(platform: Platform, key: str, version: int | UUID, *, actor: Actor) -> ProofBook:
    """The proofs of a version; NotFound, NotPermitted, DefinitionInvalid for a draft that cannot be read."""
    found = await sop_catalogue.get_version(platform, key, version, actor=actor)
    definition, row = found.written, found.row
    async with platform.database.read() as tx:
        keys = sop_calls.keys_called(definition)
        called = await sop_calls.in_force(tx, keys, await references.clock_now(tx))
    own = row.state == "draft" and row.origin == "local" and actor.may(Permission.SOP_DRAFT)
    draft = await sop_editing.read_draft(platform, row.id, actor=actor) if own else None
    prover = Prover(definition, catalogue_of(platform), found.tables, called)
    results, offered = await asyncio.to_thread(
        _proven, prover, draft.findings if draft else found.findings, offers=own
    )
    return ProofBook(row, definition, found.tables, definition.proofs, results, offered, draft)


@dataclass(frozen=True)
class Told:
    """A proof of a version in words, with what came of it; None when the paths cannot be walked."""

    proof: Proof
    sentence: Text
    result: Result | None


def told(book: ProofBook) -> list[Told]:
    """The proofs of a version in their order."""
    results: list[Result | None] = [*book.results] or [None] * len(book.proofs)
    names = Names(tables=book.tables)
    return [
        Told(proof, sentence(proof, book.definition, names), result)
        for proof, result in zip(book.proofs, results, strict=True)
    ]


def _proven(prover: Prover, findings: list[Finding], *, offers: bool) -> tuple[list[Result], list[Result]]:
    if not can_be_walked(findings):
        return [], []
    results = [prover.prove(proof) for proof in prover.definition.proofs]
    return results, proposals(prover) if offers else []


async def tick(
    platform: Platform,
    version_id: UUID,
    proof: Proof,
    *,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> DraftView:
    """Add a sentence to the proofs of a draft; one that is there already is not added again."""
    written = as_data(proof)
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)

    def edit(data: Data) -> Data:
        return data if written in (data.get("proofs") or []) else document.add(data, PLACE, written)

    return await sop_editing.change(
        platform,
        version_id,
        edit,
        what=_what(draft, proof, "增加须证明的语句", "sentence to be proven added"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )


async def untick(
    platform: Platform,
    version_id: UUID,
    proof: Proof,
    *,
    revision: int,
    actor: Actor,
    request_id: str = "",
) -> DraftView:
    """Take a sentence out of the proofs of a draft; NotAmongProofs when it is not there."""
    written = as_data(proof)
    draft = await sop_editing.read_draft(platform, version_id, actor=actor)

    def edit(data: Data) -> Data:
        kept = value_at(data, PLACE) or []
        places = [n for n, one in enumerate(kept) if as_data(Proof.model_validate(one)) == written]
        if not places:
            raise NotAmongProofs
        if len(kept) == 1:
            return document.put(data, PLACE, None)
        return document.remove(data, (*PLACE, places[0]))

    return await sop_editing.change(
        platform,
        version_id,
        edit,
        what=_what(draft, proof, "取消须证明的语句", "sentence to be proven taken out"),
        revision=revision,
        actor=actor,
        request_id=request_id,
    )


def as_data(proof: Proof) -> dict[str, Any]:
    """A proof as it is written."""
    return proof.model_dump(mode="json", exclude_none=True)


def _what(draft: DraftView, proof: Proof, zh: str, en: str) -> Text:
    try:
        said = sentence(proof, SopDefinition.model_validate(draft.data))
    except ValueError:
        return Text(zh=zh, en=en)
    return Text(zh=f"{zh}：{said.zh}"[:300], en=f"{en}: {said.en}"[:300])
