"""Domain: the signatures of a task in execution - what is asked for, whose turn it is, when it goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.sign_policy import Asked

from .refusals import AlreadySigned, NothingToSign, NotYourTurn

if TYPE_CHECKING:
    from .machine import Progress
    from .state import Node


def asked(run: Progress, node: Node) -> Asked:
    """The signatures that the task asks for: by the definition, its policy, and those added by hand."""
    human = run.plan.steps[node.step].human
    assert human is not None
    policy = human.signature_policy
    return Asked(
        rules=tuple(node.rules),
        counted=frozenset(human.counted_rules).intersection(node.rules),
        need=policy.need if policy else "all",
        on_refusal=policy.on_refusal if policy else "refuse",
        before=tuple(signer.rule for signer in node.added if signer.order == "before"),
        after=tuple(signer.rule for signer in node.added if signer.order == "after"),
    )


def missing(run: Progress, node: Node) -> list[int]:
    """The signatures that still count; empty when the task is complete."""
    return asked(run, node).missing(node.signed, node.refused)


def signers(node: Node) -> set[str]:
    """Who has spoken on this content, or is named to: nobody signs twice."""
    named = [signer.person for signer in node.added if signer.person]
    return {*node.signed.values(), *node.refused.values(), *named}


def hands(node: Node) -> set[str]:
    """In whose hands the content was: who completed it and, after a delegation, both of its names."""
    given = node.delegation
    return {person for person in (node.completer, *((given.by, given.to) if given else ())) if person}


def check_turn(run: Progress, node: Node, rule: int, actor: str) -> None:
    """Whether this person may speak on this signature now: it is asked for, the person's, and its turn."""
    if actor in {*node.signed.values(), *node.refused.values(), *hands(node)}:
        raise AlreadySigned
    wanted = asked(run, node)
    if rule not in wanted.missing(node.signed, node.refused):
        raise NothingToSign
    named = next((signer.person for signer in node.added if signer.rule == rule), None)
    if named is not None and named != actor:
        raise NothingToSign
    if rule not in wanted.turn(node.signed, node.refused):
        raise NotYourTurn


def reopen(run: Progress, node: Node) -> str:
    """The content is open again and every signature on it void; gives who has the task now.

    That is who completed it, or who had delegated it, once the time of that is over. Added signers stay.
    """
    holder = node.completer or ""
    if node.delegation is not None and node.delegation.over:
        holder, node.delegation = node.delegation.by, None
    node.status = "open"
    node.signed, node.refused = {}, {}
    node.outcome, node.content_hash, node.completer = None, None, None
    grow(run, node)
    return holder


def grow(run: Progress, node: Node) -> None:
    """A new epoch: what people have loaded of the task is stale."""
    node.epoch += 1
    if node.kind == "human":
        run.state.scopes[node.scope].epochs[node.step] = node.epoch
