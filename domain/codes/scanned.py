"""Domain codes: the facts of one scanned code, and why a code is refused."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.errors import Refusal


class CodeKind(StrEnum):
    """In which language the code speaks."""

    GS1 = "gs1"
    DIGITAL_LINK = "digital_link"
    GTIN = "gtin"
    SSCC = "sscc"
    TRACE_CODE = "trace_code"
    BASE_CODE = "base_code"


@dataclass(frozen=True)
class ScannedCode:
    """What one code says. An EAN-13 finds the material only; nothing here says that a batch exists.

    `gtin14` is AI 01, or 02 (what a logistic unit contains); `quantity` is AI 30 or 37, a count as the label
    has it; `elements` keeps every element as it stood, also those that no field names.
    """

    kind: CodeKind
    raw: str
    gtin14: str | None = None
    batch: str | None = None
    expires_on: date | None = None
    produced_on: date | None = None
    serial: str | None = None
    quantity: int | None = None
    sscc: str | None = None
    trace_code: str | None = None
    elements: tuple[tuple[str, str], ...] = ()


class CodeNotReadable(Refusal):
    """The text is no code of a kind that is known here."""

    code = "code_not_readable"
    kind: ClassVar = "invalid"
    zh = "无法识别的条码：{raw}"
    en = "Not a readable code: {raw}"


class CodeCheckDigit(Refusal):
    """The check digit does not fit: a digit was misread or mistyped."""

    code = "code_check_digit"
    kind: ClassVar = "invalid"
    zh = "校验位不符，请重新扫描：{raw}"
    en = "The check digit does not fit, scan again: {raw}"


class CodeContradictsItself(Refusal):
    """One code says two things about the same fact."""

    code = "code_contradicts_itself"
    kind: ClassVar = "invalid"
    zh = "条码内容自相矛盾（{ai}）：{raw}"
    en = "The code contradicts itself ({ai}): {raw}"


class CodeNotSupported(Refusal):
    """A device code of another issuing agency (HIBC, MA): known as such, not read here."""

    code = "code_not_supported"
    kind: ClassVar = "invalid"
    zh = "暂不支持 {system} 编码，请扫描 GS1 条码或手工录入"
    en = "{system} codes are not read here; scan the GS1 code or type it in"
