"""Domain: lint rules of words - both languages, messages with their values, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from domain.canonical import canonical
from domain.sop_bundle import MAX_BYTES, NOT_EXECUTED
from domain.sop_definition import SopDefinition, Text
from domain.sop_lint_context import Lint, located
from domain.yaml_text import Path

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_words(lint: Lint) -> None:
    """What a reader sees, and what a reviewer should know."""
    of_steps = {step.id: path for path, step in located(lint.definition)}
    for path, text in _texts((), lint.definition):
        step = max(
            (id_ for id_, place in of_steps.items() if path[: len(place)] == place),
            key=lambda id_: len(of_steps[id_]),
            default=None,
        )
        if not text.zh.strip():
            lint.error("chinese_missing", path, "缺少中文", "the Chinese text is missing", step)
        if not text.en.strip():
            lint.warning("english_missing", path, "缺少英文", "the English text is missing", step)
    _check_messages(lint)
    if not lint.definition.clauses:
        lint.warning("clauses", (), "没有注明法规条款", "no clause is named")
    size = len(canonical(_plain(lint.definition)))
    if size > MAX_BYTES:
        lint.error("too_large", (), f"定义过大：{size} 字节", f"the definition is too large: {size} bytes")


def _plain(definition: SopDefinition) -> object:
    return definition.model_copy(update=NOT_EXECUTED).model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )


def _texts(path: Path, value: object) -> Iterator[tuple[Path, Text]]:
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _texts((*path, field.alias or name), getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts((*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts((*path, index), item)


def _check_messages(lint: Lint) -> None:
    used = set()
    for path, step in located(lint.definition):
        if step.notify is None:
            continue
        used.add(step.notify.template)
        message = lint.definition.messages.get(step.notify.template)
        if message is None:
            lint.error(
                "message_unknown",
                (*path, "notify", "template"),
                f"没有消息“{step.notify.template}”",
                f"there is no message `{step.notify.template}`",
                step.id,
            )
            continue
        texts = (message.title.zh, message.title.en, message.body.zh, message.body.en)
        for name in dict.fromkeys(n for text in texts for n in _PLACEHOLDER.findall(text)):
            if name not in step.notify.with_:
                lint.error(
                    "placeholder",
                    (*path, "notify"),
                    f"消息中的 {{{name}}} 没有值",
                    f"the message's {{{name}}} has no value",
                    step.id,
                )
    for name in lint.definition.messages:
        if name not in used:
            lint.warning("message_unused", ("messages", name), "此消息未被使用", "this message is not used")
