"""Domain: the record of a drill - what was drilled, and every run of it line by line (GSP 31-36, D6).

It is made in the drill and read by the live house, as JSON (`xunji-drill-record/1`). Its people are invented;
which of the house's own took part is said by whoever takes it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.canonical import sha256_of
from domain.errors import FieldProblem, Invalid, Refusal
from domain.sop_definition import SopDefinition

MAX_BYTES = 4 * 1024 * 1024


class DrilledAnotherText(Refusal):
    """The record is of a drill of something else than this version says."""

    code = "drilled_another_text"
    kind = "conflict"
    zh = "演练的内容与本版本不一致：请把本版本的 YAML 导入演练系统，重新演练"
    en = "Something else was drilled than this version says: bring its YAML into the drill and drill it again"


class DrillTakenOver(Refusal):
    """The same record stands at this version already."""

    code = "drill_taken_over"
    kind = "conflict"
    zh = "这份演练记录已经在案，无需再次接收"
    en = "This drill record is on file already"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DrillLine(_Part):
    """What somebody did, when by the clock of the drill, in both languages."""

    at: AwareDatetime
    who: str | None = Field(max_length=200)
    zh: str = Field(max_length=4000)
    en: str = Field(max_length=4000)


class DrilledRun(_Part):
    """One run: its times by the clock of the drill."""

    key: str = Field(max_length=200)
    site: str = Field(max_length=200)
    state: str = Field(max_length=40)
    outcome: str | None = Field(max_length=80)
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    lines: list[DrillLine]


class DrillRecord(_Part):
    """What was drilled, when the record was made in real time, how far the clock was ahead (seconds)."""

    format: Literal["xunji-drill-record/1"] = "xunji-drill-record/1"
    sop: str = Field(max_length=80)
    title: str = Field(max_length=200)
    definition_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_at: AwareDatetime
    ahead_seconds: int = Field(ge=0)
    runs: list[DrilledRun] = Field(max_length=200)

    @property
    def ended(self) -> list[DrilledRun]:
        """The runs that came to an end."""
        return [one for one in self.runs if one.ended_at is not None]

    def text(self) -> str:
        """As it is handed over."""
        return self.model_dump_json(indent=1) + "\n"


def definition_digest(definition: SopDefinition) -> str:
    """What two houses compare: the definition without comments and layout (SHA-256, hexadecimal)."""
    return sha256_of("sop_definition", 1, definition=definition.model_dump(mode="json", by_alias=True))


def read(content: bytes) -> DrillRecord:
    """Invalid unless it is the record of a drill in which at least one run ended."""
    if len(content) > MAX_BYTES:
        raise _unreadable("文件超过 4 MiB", "the file is larger than 4 MiB")
    try:
        record = DrillRecord.model_validate_json(content.decode())
    except (UnicodeDecodeError, ValidationError):
        raise _unreadable(
            "这不是演练记录：请选择在演练系统“演练”页面下载的文件",
            "this is no drill record: choose the file that the page “Drill” of the drill gave you",
        ) from None
    if not record.ended:
        raise _unreadable(
            "演练中没有任何流程结束：请先在演练系统中走完一个流程",
            "no run of it has ended: play one to its end in the drill first",
        )
    return record


def evidence_digest(definition_sha256: str, record_sha256: str, persons: Sequence[UUID]) -> str:
    """What is signed: the definition that was drilled, the record, and who took part."""
    fields: dict[str, Any] = {"definition": definition_sha256, "record": record_sha256}
    return sha256_of("drill_evidence", 1, **fields, persons=sorted(str(one) for one in persons))


def _unreadable(zh: str, en: str) -> Invalid:
    return Invalid([FieldProblem("record", "drill_record", zh, en)])
