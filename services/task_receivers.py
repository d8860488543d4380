"""Services: who is chosen for a task or for a signature - and why somebody cannot be (S5, T8).

One rule for the person who acts and for the one who is chosen: post, permission, training, segregation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import candidates
from domain.errors import FieldProblem, NotFound, Refusal
from domain.sop_progress.refusals import NotSegregated, SamePerson, SignerKnown
from domain.submissions import NotTrained, NotYourPost, PersonNotEligible, PostNotHeld
from services import eligibility
from services.auth import load_actor
from services.permissions import NotPermitted, Permission, require

if TYPE_CHECKING:
    from db.queries.candidates import Candidate, HeldPost
    from db.queries.tasks import TaskAct
    from db.session import Reader
    from services.platform import Actor

WHY: Mapping[str, tuple[str, str]] = {
    NotYourPost.code: ("不在该任务的岗位上", "does not hold the task's post"),
    NotPermitted.code: ("在此仓库没有办理任务的权限", "may not work on tasks at this site"),
    NotTrained.code: ("尚未完成该规程此版本的培训", "is not trained on this version of the procedure"),
    NotSegregated.code: ("参与过{step_zh}，须由另一人执行", "took part in {step_en}: another person must"),
}
"""Why a person cannot be chosen, in words about that person."""


async def of_task(tx: Reader, task: TaskAct, ref: str | None) -> UUID:
    """The person who is to have the task: eligible as who claims it. SignerKnown, PersonNotEligible."""
    row, chosen = await _person(tx, ref)
    if str(row["id"]) in {stored["person_id"] for stored in task.added_rules}:
        raise SignerKnown
    seen = await eligibility.task_for(tx, task.id, chosen)
    _eligible(row["name"], lambda: eligibility.check_performer(seen, chosen))
    return chosen.person_id


async def of_signature(tx: Reader, task: TaskAct, ref: str | None, post: str | None) -> dict[str, Any]:
    """Who is to sign as well: a person who has not spoken on the content, or a post that is held here."""
    if (ref is None) == (post is None):
        raise SamePerson
    if post is not None:
        if post not in {held.code for held in await candidates.posts(tx, task.site_id)}:
            raise PostNotHeld([FieldProblem("post", "unknown", PostNotHeld.zh, PostNotHeld.en)])
        return {"post": post, "site": task.site}
    row, chosen = await _person(tx, ref)
    if str(chosen.person_id) in spoken(task):
        raise SignerKnown
    seen = await eligibility.task_for(tx, task.id, chosen)

    def check() -> None:
        require(chosen, Permission.TASK_WORK, task.site_id)
        eligibility.check_person(seen)

    _eligible(row["name"], check)
    return {"person": str(chosen.person_id)}


def spoken(task: TaskAct) -> set[str]:
    """Who has the content in hand, has signed or refused it, or is asked to in person: nobody signs twice."""
    result = task.result or {}
    named = [stored["person_id"] for stored in task.added_rules if stored["person_id"]]
    holder = [str(task.assignee_id)] if task.assignee_id else []
    said = (*result.get("signed", {}).values(), *result.get("refused", {}).values())
    return {*said, *named, *holder, *eligibility.hands(task)}


async def for_task(tx: Reader, task: TaskAct, actor: Actor) -> list[Candidate]:
    """Who could be given the task; of a delegated task only its delegator."""
    found = await candidates.persons(tx, task.id)
    if task.delegated_by_id is not None:
        return [one for one in found if one.id == task.delegated_by_id]
    named = {stored["person_id"] for stored in task.added_rules}
    out = {str(actor.person_id), str(task.assignee_id), *named}
    return [one for one in found if one.in_post and str(one.id) not in out]


async def for_signature(tx: Reader, task: TaskAct) -> tuple[list[Candidate], list[HeldPost]]:
    """Who could be asked to sign as well: persons, and posts."""
    known = spoken(task)
    persons = [one for one in await candidates.persons(tx, task.id) if str(one.id) not in known]
    return persons, await candidates.posts(tx, task.site_id)


async def _person(tx: Reader, ref: str | None) -> tuple[Mapping[str, Any], Actor]:
    if not ref:
        raise SamePerson
    row = await candidates.person(tx, ref)
    if row is None:
        raise NotFound(what=f"人员 / person {ref}")
    return row, await load_actor(tx, row)


def _eligible(name: str, check: Any) -> None:
    """PersonNotEligible instead of what the person would be told."""
    try:
        check()
    except Refusal as refusal:
        said = WHY.get(refusal.code)
        zh, en = (words.format_map(refusal.params) for words in said) if said else messages(refusal)
        raise PersonNotEligible(name=name, why_zh=zh, why_en=en) from refusal


def messages(refusal: Refusal) -> tuple[str, str]:
    """What a refusal says, in Chinese and in English."""
    return refusal.message("zh"), refusal.message("en")
