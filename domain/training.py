"""Domain: read and understood - the questions of a version answered, and what a person signs (GSP 31-36)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.canonical import sha256_of
from domain.errors import FieldProblem
from domain.sop_parts import Key, Question


def wrong_answers(quiz: Mapping[Key, Question], answers: Mapping[str, str]) -> list[FieldProblem]:
    """What is not answered rightly, question by question; the right answer is not told."""
    found = []
    for name, question in quiz.items():
        given = answers.get(name)
        if given == question.answer:
            continue
        if given in question.options:
            code, zh, en = "wrong_answer", "回答不正确，请再读一遍", "not the right answer: read it again"
        else:
            code, zh, en = "required", "请选择一个答案", "choose an answer"
        label = question.label
        found.append(FieldProblem(name, code, zh, en, label.zh, label.in_language("en")))
    return found


def read_digest(version_sha256: str, answers: Mapping[str, str]) -> str:
    """What is signed: the digest of the version that was read, and the answers (SHA-256, hexadecimal)."""
    return sha256_of("training", 1, version=version_sha256, answers=dict(answers))
