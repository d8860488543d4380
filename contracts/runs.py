"""Contracts: what a run starts with and what it hands to its own continuation."""

from __future__ import annotations

from typing import Any, Literal

from .payload import FIRST_SEMANTICS, Payload


class RunStart(Payload):
    """The input of `SopRun`: the whole bundle, so that the history alone explains the run.

    `site` and `department` are the codes in which posts are resolved; `clock_offset` is in seconds and
    other than 0 only in drill mode. `state` and `processed` come from the previous execution of the same run.
    `caller` is the run that called this one, at its path `call`; `barred` are persons who may perform nothing
    here, because of what they did there. `semantics` is given at every start: the converter writes only what
    is given, and a run must keep the number it started with. `changeovers` is how often the run has gone over
    to another version; `bundle` is the one that it goes by now.
    """

    run_id: str
    bundle: dict[str, Any]
    sha256: str
    inputs: dict[str, Any] = {}
    actor: str
    site: str | None = None
    department: str | None = None
    time_zone: str = "Asia/Shanghai"
    mode: Literal["live", "drill"] = "live"
    semantics: int = FIRST_SEMANTICS
    clock_offset: int = 0
    state: dict[str, Any] | None = None
    processed: dict[str, dict[str, Any]] = {}
    advances: int = 0
    caller: str | None = None
    call: str | None = None
    barred: list[str] = []
    changeovers: int = 0


class RunResult(Payload):
    """How a run ended."""

    state: Literal["completed", "cancelled"]
    outcome: str | None = None
