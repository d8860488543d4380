"""Domain: the base of all refusals - facts that stop a command, with a stable code and words.

A refusal knows no HTTP and no database. Each noun defines its own small classes beside its rules; `kind` says
which sort of refusal it is, and the doors map kinds to their own answers once.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Kind = Literal["not_found", "conflict", "forbidden", "invalid", "unauthenticated", "limit", "gone"]
Language = Literal["zh", "en"]


class _Given(dict[str, Any]):
    """Parameters of a message; an absent one shows its name instead of failing while refusing."""

    def __missing__(self, key: str) -> str:
        return f"[{key}]"


class Refusal(Exception):
    """Base of every refusal. `zh` and `en` are `str.format` templates over `params`."""

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = "conflict"
    zh: ClassVar[str] = "操作被拒绝"
    en: ClassVar[str] = "The operation was refused"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(f"{self.code}: {self.message('en')}")

    def message(self, language: str = "zh") -> str:
        """The refusal in words a picker understands, in `zh` or `en`."""
        template = self.en if language == "en" else self.zh
        return template.format_map(_Given(self.params))


class NotFound(Refusal):
    """`what` is a name, or a noun in both languages before one: `任务 / task 7`."""

    code = "not_found"
    kind = "not_found"
    zh = "没有找到：{what}"
    en = "Not found: {what}"

    def message(self, language: str = "zh") -> str:
        """The refusal with the noun of the reader's language."""
        zh, both, en = str(self.params.get("what", "")).partition(" / ")
        if not both:
            return super().message(language)
        _noun, named, name = en.rpartition(" ")
        own = en if language == "en" else f"{zh}{named}{name}" if named else zh
        return (self.en if language == "en" else self.zh).format(what=own)


class Conflict(Refusal):
    code = "conflict"
    kind = "conflict"
    zh = "与当前状态冲突：{what}"
    en = "In conflict with the current state: {what}"


class Forbidden(Refusal):
    code = "forbidden"
    kind = "forbidden"
    zh = "不允许的操作：{what}"
    en = "Not allowed: {what}"


class Unauthenticated(Refusal):
    code = "unauthenticated"
    kind = "unauthenticated"
    zh = "请先登录"
    en = "Log in first"


class LimitExceeded(Refusal):
    code = "limit_exceeded"
    kind = "limit"
    zh = "超过限制：{what}"
    en = "Limit exceeded: {what}"


@dataclass(frozen=True)
class FieldProblem:
    """One field that does not fit; `field` is a dotted path, `lines.3.batch`.

    A field of a form has its label as well: people are told by it.
    """

    field: str
    code: str
    zh: str
    en: str
    label_zh: str = ""
    label_en: str = ""

    def message(self, language: str = "zh") -> str:
        return self.en if language == "en" else self.zh

    def told(self, language: str) -> str:
        """The words after the field's label or name; a problem of the whole has no field."""
        name = (self.label_en if language == "en" else self.label_zh) or self.field
        colon = ": " if language == "en" or not self.label_zh else "："
        return f"{name}{colon}{self.message(language)}" if name else self.message(language)


class Invalid(Refusal):
    """Input that cannot be accepted; `fields` says where and why, all problems at once."""

    code = "invalid"
    kind = "invalid"
    zh = "填写内容有误：{what}"
    en = "The input is not valid: {what}"

    def __init__(self, fields: list[FieldProblem] | None = None, **params: Any) -> None:
        self.fields = list(fields or [])
        super().__init__(**params)

    def message(self, language: str = "zh") -> str:
        if "what" in self.params or not self.fields:
            return super().message(language)
        named = "; ".join(field.told(language) for field in self.fields)
        return (self.en if language == "en" else self.zh).format_map(_Given(what=named))
