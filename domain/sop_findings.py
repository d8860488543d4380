"""Domain: findings - what is wrong or doubtful in a definition, where, and in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from domain.errors import Refusal

Severity = Literal["error", "warning", "note"]
"""An error keeps a draft from review, a warning is for its reviewers; a note is no alarm: what to expect."""


@dataclass(frozen=True)
class Finding:
    """One finding; `rule` is stable, `line` and `column` count from 1 in the YAML text."""

    severity: Severity
    rule: str
    step_id: str | None
    line: int
    column: int
    zh: str
    en: str

    def message(self, language: str = "zh") -> str:
        """The finding in words."""
        return self.en if language == "en" else self.zh

    def __str__(self) -> str:
        where = f" [{self.step_id}]" if self.step_id else ""
        return f"{self.line}:{self.column} {self.severity} {self.rule}{where} {self.en}"


class DefinitionInvalid(Refusal):
    """A text that is not a definition, or one that the linter refuses; `findings` says where and why."""

    code = "definition_invalid"
    kind = "invalid"
    zh = "流程定义有误：{first_zh}"
    en = "The definition is not valid: {first_en}"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        errors = [finding for finding in self.findings if finding.severity == "error"]
        first = next(iter(errors or self.findings), None)
        place = f"{first.line}:{first.column} " if first else ""
        super().__init__(
            first_zh=place + (first.zh if first else ""), first_en=place + (first.en if first else "")
        )
