"""Domain: what an SOP definition says before its steps - owner, scope, inputs, words - and its cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from domain.sop_parts import Expression, Key, Part, Text


class Owner(Part):
    """The department and post that own the procedure; incidents and deviations go to them."""

    department: Key
    post: Key


class Scope(Part):
    """Where a run takes place: posts are resolved in this site and department."""

    site: Expression | None = None
    department: Expression | None = None


InputType = Literal["document", "text", "integer", "boolean", "date", "line_set", "site", "party", "batch"]


class Input(Part):
    """One input of the procedure; a text with `options` is one of them.

    `kind` is the kind of a document, or the role in which a partner is searched. `min` is the least integer.
    `required_with`: it is needed when another input has this value.
    """

    type: InputType
    kind: Key | None = None
    required: bool = False
    label: Text | None = None
    options: dict[str, Text] = Field(default={})
    min: int | None = None
    required_with: dict[Key, str] = Field(default={})

    def needed(self, given: Mapping[str, Any]) -> bool:
        """Whether it must be given beside the other inputs."""
        return self.required or any(given.get(name) == value for name, value in self.required_with.items())


class Subject(Part):
    """What lists show of a run, an expression for each language."""

    zh: Expression
    en: Expression


class Message(Part):
    """A notification's text; `{name}` stands for an entry of the notify step's `with`."""

    title: Text
    body: Text


class Case(Part):
    """An example that the definition must satisfy: inputs, scripted answers, expected path and outcome."""

    name: str
    inputs: dict[str, Any] = Field(default={})
    answers: dict[str, Any] = Field(default={})
    expect: dict[str, Any]
