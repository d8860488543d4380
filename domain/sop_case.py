"""Domain: what playing a case came to, compared with what the case expects. It plays nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.sop_definition import Case


@dataclass(frozen=True)
class Way:
    """A choice that a run takes out of a step; `by` and `label` as `sop_flow.Jump` has them."""

    step: str
    by: str
    label: str


@dataclass(frozen=True)
class CaseFinding:
    """What a case expected and did not get, or what could not be played.

    Of an expectation `what` is its name, with the values `wanted` and `got`; for `answer` they are step and
    field, and what is wrong there.
    """

    zh: str
    en: str
    what: str = ""
    wanted: Any = None
    got: Any = None


@dataclass
class SimulationResult:
    """The steps of the main list as walked, how it ended, what was seen, and what was not as expected.

    `walked` are the steps entered at any depth, `ways` the choices taken.
    """

    path: list[str] = field(default_factory=list)
    outcome: str | None = None
    incident: str | None = None
    notified: list[str] = field(default_factory=list)
    signatures: dict[str, int] = field(default_factory=dict)
    findings: list[CaseFinding] = field(default_factory=list)
    walked: frozenset[str] = frozenset()
    ways: frozenset[Way] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything was as the case expects."""
        return not self.findings


def compare(case: Case, result: SimulationResult) -> None:
    """Notes in the result what is not as the case expects."""
    walked = [name for name in result.path if not name.startswith("end_")]
    seen: dict[str, Any] = {
        "outcome": result.outcome,
        "incident": result.incident,
        "path": walked,
        "notified": result.notified,
        "signatures": result.signatures,
    }
    for name, wanted in case.expect.items():
        if name not in seen:
            result.findings.append(CaseFinding(f"未知的期望“{name}”", f"unknown expectation `{name}`"))
            continue
        got = seen[name]
        if isinstance(got, dict) and isinstance(wanted, dict):
            got = {key: got.get(key) for key in wanted}
        if got != wanted:
            result.findings.append(
                CaseFinding(
                    f"{name}：期望 {wanted}，实为 {got}",
                    f"{name}: {wanted} expected, got {got}",
                    name,
                    wanted,
                    got,
                )
            )
    if result.incident and "incident" not in case.expect:
        result.findings.append(
            CaseFinding(
                f"事件：{result.incident}", f"incident: {result.incident}", "incident", None, result.incident
            )
        )
