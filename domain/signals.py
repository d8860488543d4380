"""Domain: external events - their key, the hashes that bind a delivery to its event, and why one is refused.

An event has a name, a correlation key and data. It knows no table and no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.canonical import instant, sha256_of
from domain.errors import FieldProblem, Invalid, Refusal
from domain.forms import check_form
from domain.plain_text import NotPlainText, plain
from domain.sop_definition import Form

MAX_KEY = 200
DELIVERY = "signal"
"""The kind of the submission that brings an event to a run."""


class SignalKeyInvalid(Refusal):
    """A correlation key is a text of 1 to 200 characters that can be printed."""

    code = "signal_key_invalid"
    kind = "invalid"
    zh = "关联键须为 1 至 200 个可见字符"
    en = "The correlation key must be 1 to 200 printable characters"


class SignalDataInvalid(Invalid):
    """The data is not what the waiting procedures declare; each problem at its field."""

    code = "signal_data_invalid"
    kind = "invalid"
    zh = "事件数据有误：{what}"
    en = "The data of the event is not valid: {what}"


class SignalMismatch(Refusal):
    """The same event id came again with another name, key or data."""

    code = "signal_mismatch"
    zh = "同一事件编号的内容前后不一致"
    en = "The same event came with other content"


def correlation_key(value: object) -> str:
    """The key as it is compared: trimmed text; SignalKeyInvalid."""
    try:
        key = plain(str(value))
    except NotPlainText:
        raise SignalKeyInvalid from None
    if not 0 < len(key) <= MAX_KEY:
        raise SignalKeyInvalid
    return key


def checked(form: Form, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The data normalised by the declared form, and its problems (`data.<field>`)."""
    clean, problems = check_form(form, data, required=lambda name: form[name].required)
    return clean, [FieldProblem(f"data.{p.field}", p.code, p.zh, p.en) for p in problems]


def data_hash(*, name: str, key: str, data: Mapping[str, Any]) -> str:
    """The hash of what the sender said."""
    return sha256_of("signal", 1, name=name, key=key, data=dict(data))


def delivery_hash(*, signal: str, run: str, path: str, actor: str, said: str) -> str:
    """The hash of one event's delivery to one wait of a run; `said` is the event's own."""
    return sha256_of("signal_delivery", 1, signal=signal, run=run, path=path, actor=actor, said=said)


def taken_hash(*, event: str, key: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The hash of an event as a run has taken it in - what its later steps will decide by."""
    return sha256_of("signal_taken", 1, event=event, key=key, at=instant(at), data=dict(data))
