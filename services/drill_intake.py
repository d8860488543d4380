"""Services: a draft comes into the drill - invented people approve it, put it in force and are trained on it.

The rules are those of a live installation, two persons and signatures included: only the people are invented,
and their passwords are known to everybody who drills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refusal
from domain.sop_package import parted
from domain.sop_yaml import parse_table
from services import (
    auth,
    decision_table_approval,
    decision_table_editing,
    decision_tables,
    drill,
    sop_catalogue,
)
from services.permissions import Permission
from services.signatures import SignatureGiven

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.platform import Actor, Platform
    from services.sop_catalogue import VersionRow

InventedPerson = tuple[str, str]
"""User name and password."""


class NobodyApproves(Refusal):
    """No second invented person may approve and publish."""

    code = "nobody_approves"
    kind = "conflict"
    zh = "演练系统里没有第二位可以批准并发布的虚构人员：请以两位人员登录，按正式流程批准"
    en = "No second invented person may approve and publish: log in as two persons and approve it as usual"


async def bring_in(
    platform: Platform, source: str, people: Sequence[InventedPerson], *, actor: Actor, request_id: str = ""
) -> VersionRow:
    """Put a definition in force in the drill, at all sites, now; `people` are the invented ones.

    Decision tables that stand below it in the text (`domain.sop_package`) are approved first, where the
    drill has others. The actor is the author of all. NotADrill, DefinitionInvalid, NobodyApproves.
    """
    drill.only_in_a_drill(platform)
    definition, tables = parted(source)
    for text in tables:
        await _bring_table_in(platform, text, people, actor, request_id)
    row, _findings = await sop_catalogue.load_draft(platform, definition, actor=actor, request_id=request_id)
    await sop_catalogue.submit(platform, row.id, actor=actor, request_id=request_id)
    approver, signature = await _second_person(platform, people, actor)
    await sop_catalogue.approve(platform, row.id, signature=signature, actor=approver, request_id=request_id)
    made = await sop_catalogue.publish(
        platform, row.id, signature=signature, actor=approver, request_id=request_id
    )
    await drill.train_everybody(platform, row.id, actor=actor, request_id=request_id)
    return made


async def _bring_table_in(
    platform: Platform, text: str, people: Sequence[InventedPerson], actor: Actor, request_id: str
) -> None:
    table = parse_table(text).table
    known = (await decision_tables.in_use(platform, actor=actor)).get(table.key)
    if known and known == table.model_copy(update={"version": known.version}):
        return
    row = await decision_table_editing.load(platform, text, actor=actor, request_id=request_id)
    await decision_table_approval.submit(platform, row.id, actor=actor, request_id=request_id)
    approver, signature = await _second_person(platform, people, actor)
    await decision_table_approval.approve(
        platform, row.id, signature=signature, actor=approver, request_id=request_id
    )


async def _second_person(
    platform: Platform, people: Sequence[InventedPerson], author: Actor
) -> tuple[Actor, SignatureGiven]:
    for username, password in people:
        if username == author.username:
            continue
        person = (await auth.issue_token(platform, username, password)).actor
        if person.may(Permission.SOP_APPROVE) and person.may(Permission.SOP_PUBLISH):
            return person, SignatureGiven(password)
    raise NobodyApproves
