"""Domain: the linter - everything about a definition that can be known before anybody runs it.

Each group of rules is a module `sop_lint_<group>` with one function over a `Lint`. A definition with errors
cannot be submitted; warnings are shown to the reviewers. It knows no database: what is outside the
definition (actions, tables, posts and who holds them) is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from domain.action_catalogue import ActionSpec
from domain.decision_table import DecisionTable
from domain.sop_calls import CalledSop
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_lint_actions import check_actions
from domain.sop_lint_calls import check_calls
from domain.sop_lint_cases import check_cases
from domain.sop_lint_context import Lint
from domain.sop_lint_expressions import check_expressions
from domain.sop_lint_flow import check_flow, check_names
from domain.sop_lint_forms import check_forms
from domain.sop_lint_loops import check_loops
from domain.sop_lint_people import check_people
from domain.sop_lint_proofs import check_proofs
from domain.sop_lint_segregation import check_enough_people
from domain.sop_lint_tables import check_decisions
from domain.sop_lint_words import check_words
from domain.sop_yaml import ParsedSop, parse

__all__ = ["Finding", "lint", "lint_text"]


def lint(
    parsed: ParsedSop,
    catalogue: Mapping[str, ActionSpec],
    tables: Mapping[str, DecisionTable],
    posts: AbstractSet[str] | None = None,
    people_per_post: Mapping[str, AbstractSet[str]] | None = None,
    called: Mapping[str, CalledSop] | None = None,
) -> list[Finding]:
    """All findings, in the order of the text.

    `posts` are the posts that exist (None: not checked); `people_per_post` who holds each, to find
    segregation and dual control that nobody could satisfy; `called` the SOPs in force that can be called.
    """
    lint_ = Lint(parsed, catalogue, tables, posts, people_per_post, called or {})
    check_names(lint_)
    if lint_.findings:
        # With two steps of one name nothing else can be said reliably.
        return _sorted(lint_)
    lint_.walk()
    for check in (
        check_flow,
        check_expressions,
        check_actions,
        check_calls,
        check_decisions,
        check_people,
        check_enough_people,
        check_forms,
        check_words,
        check_cases,
        check_loops,
        check_proofs,
    ):
        check(lint_)
    return _sorted(lint_)


def lint_text(
    text: str,
    catalogue: Mapping[str, ActionSpec],
    tables: Mapping[str, DecisionTable],
    posts: AbstractSet[str] | None = None,
    called: Mapping[str, CalledSop] | None = None,
) -> tuple[ParsedSop | None, list[Finding]]:
    """Parses and lints: what could be read, and all findings of form or of meaning."""
    try:
        parsed = parse(text)
    except DefinitionInvalid as invalid:
        return None, invalid.findings
    return parsed, lint(parsed, catalogue, tables, posts, called=called)


def _sorted(lint_: Lint) -> list[Finding]:
    unique = dict.fromkeys(lint_.findings)
    return sorted(unique, key=lambda f: (f.line, f.column, f.severity, f.rule))
