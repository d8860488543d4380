"""Domain: lint rules of expressions - each is type-checked at its place, against what is wanted there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.sop_definition import Address, Duration, Form, Human, Limit, SignatureRule, Step, Subject, Wait
from domain.sop_lint_context import Lint, located
from domain.sop_scope import UNTIL
from domain.type_words import type_words
from domain.yaml_text import Path

TEXT = ("string",)
YES_NO = ("bool",)
SHOWN = ("string", "int", "bool", "date", "decimal", "timestamp")


@dataclass(frozen=True)
class Use:
    """One expression of a definition: where, in whose scope, and which types fit."""

    path: Path
    source: str
    wanted: tuple[str, ...]
    scope: str
    absent_allowed: bool = False


def check_expressions(lint: Lint) -> None:
    """Every expression but `with` of actions, calls and decisions, which are checked with what they feed."""
    for use in (
        *_of_definition(lint),
        *(use for path, step in located(lint.definition) for use in _of(path, step)),
    ):
        step = use.scope.removesuffix(UNTIL) or None
        scope = use.scope if use.scope in lint.scopes else use.scope.removesuffix(UNTIL)
        found = lint.type_of(use.path, use.source, scope, step, absent_allowed=use.absent_allowed)
        if found is not None and found not in use.wanted:
            wanted, is_ = type_words(*use.wanted), type_words(found)
            zh, en = f"此处应为{wanted[0]}，实为{is_[0]}", f"{wanted[1]} is wanted here, this is {is_[1]}"
            lint.error("type", use.path, zh, en, step)


def _of_definition(lint: Lint) -> Iterator[Use]:
    definition = lint.definition
    if definition.scope.site is None:
        lint.error("scope", ("scope",), "须指明仓库（site）", "the scope must name its site")
    for name in ("site", "department"):
        source = getattr(definition.scope, name)
        if source is not None:
            yield Use(("scope", name), source, TEXT, "")
    if definition.business_key is not None:
        yield Use(("business_key",), definition.business_key, TEXT, "")
    if isinstance(definition.subject, Subject):
        yield Use(("subject", "zh"), definition.subject.zh, TEXT, "")
        yield Use(("subject", "en"), definition.subject.en, TEXT, "")
    elif definition.subject is not None:
        yield Use(("subject",), definition.subject, TEXT, "")


def _of(path: Path, step: Step) -> Iterator[Use]:
    if step.when is not None:
        yield Use((*path, "when"), step.when, YES_NO, step.id)
    if step.human:
        yield from _of_human((*path, "human"), step.id, step.human)
    if step.decide and step.decide.value is not None:
        yield Use((*path, "decide", "value"), step.decide.value, SHOWN, step.id)
    if step.for_each:
        yield Use((*path, "for_each", "lines"), step.for_each.lines, ("line_set",), step.id)
    if step.call and step.call.lines is not None:
        yield Use((*path, "call", "lines"), step.call.lines, ("line_set",), step.id)
    if step.wait:
        yield from _of_wait((*path, "wait"), step.id, step.wait)
    if step.notify:
        yield from _of_address((*path, "notify", "to"), step.id, step.notify.to)
        for name, source in step.notify.with_.items():
            yield Use((*path, "notify", "with", name), source, SHOWN, step.id, absent_allowed=True)
    if step.repeat:
        yield Use((*path, "repeat", "until"), step.repeat.until, YES_NO, step.id + UNTIL)


def _of_wait(path: Path, step: str, wait: Wait) -> Iterator[Use]:
    yield from _of_duration((*path, "for"), step, wait.for_)
    yield from _of_duration((*path, "timeout", "after"), step, wait.timeout.after if wait.timeout else None)
    yield from _of_form((*path, "data"), step, wait.data)
    if wait.until is not None:
        yield Use((*path, "until"), wait.until, ("timestamp",), step)
    if wait.key is not None:
        yield Use((*path, "key"), wait.key, TEXT, step)


def _of_human(path: Path, step: str, human: Human) -> Iterator[Use]:
    yield from _of_address(path, step, human)
    yield from _of_form((*path, "form"), step, human.form)
    if human.lines:
        yield Use((*path, "lines", "of"), human.lines.of, ("line_set",), step)
        yield from _of_form((*path, "lines", "form"), step, human.lines.form)
    if human.signature:
        yield from _of_signature((*path, "signature"), step, human.signature)
    for index, rule in enumerate(human.signatures):
        yield from _of_signature((*path, "signatures", index), step, rule)
    yield from _of_duration((*path, "due"), step, human.due)
    for index, remind in enumerate(human.remind):
        yield from _of_duration((*path, "remind", index), step, remind)
    if human.escalate:
        yield from _of_duration((*path, "escalate", "after"), step, human.escalate.after)
        yield from _of_address((*path, "escalate", "to"), step, human.escalate.to)


def _of_signature(path: Path, step: str, rule: SignatureRule) -> Iterator[Use]:
    yield from _of_address(path, step, rule)
    if rule.when is not None:
        yield Use((*path, "when"), rule.when, YES_NO, step)


def _of_address(path: Path, step: str, to: Address | Human | SignatureRule) -> Iterator[Use]:
    if to.site is not None:
        yield Use((*path, "site"), to.site, TEXT, step)
    if to.department is not None:
        yield Use((*path, "department"), to.department, TEXT, step)


def _of_form(path: Path, step: str, form: Form) -> Iterator[Use]:
    for name, part in form.items():
        if part.required_if is not None:
            yield Use((*path, name, "required_if"), part.required_if, YES_NO, step)


def _of_duration(path: Path, step: str, duration: Duration | None) -> Iterator[Use]:
    if isinstance(duration, Limit):
        yield Use((*path, "class"), duration.class_, TEXT, step)
