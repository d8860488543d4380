"""Every action that the rooms write to the audit log is told in words, in both languages."""

import ast
import re
from collections.abc import Iterator
from itertools import chain

import pytest

from ops.settings import REPOSITORY
from ui.audit_words import action_words
from ui.translation import LANGUAGES, Language, translations

ROOMS = ("api", "services", "db", "activities", "ops", "ui")
CALLS = ("audit", "record_refusal")


def audited() -> Iterator[str]:
    """What is written out as `verb.noun` in a call that audits."""
    for source in chain.from_iterable((REPOSITORY / room).rglob("*.py") for room in ROOMS):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CALLS:
                literals = [str(a.value) for a in node.args if isinstance(a, ast.Constant)]
                yield from (text for text in literals if re.fullmatch(r"[a-z_]+\.[a-z_]+", text))


def test_there_are_actions_to_look_at() -> None:
    assert len(set(audited())) > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_audited_action_has_words(language: Language) -> None:
    words = translations(language)
    assert {action for action in audited() if action_words(action, words) == action} == set()
