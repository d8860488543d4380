"""Domain: the shapes of the functions that every step kind module offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contracts.advance import AskedResult
    from domain.sop_definition import Step
    from domain.sop_progress.machine import Progress
    from domain.sop_progress.state import Node, Scope, Timer


class Entered(Protocol):
    """Begins a step: emits operations, and finishes the node or leaves it waiting."""

    def __call__(self, run: Progress, scope: Scope, step: Step, node: Node) -> None: ...


class Answered(Protocol):
    """Takes in the answer to the operation that the node asked for."""

    def __call__(self, run: Progress, node: Node, result: AskedResult) -> None: ...


class Woken(Protocol):
    """A timer of the node has come due."""

    def __call__(self, run: Progress, node: Node, timer: Timer) -> None: ...


class ScopeClosed(Protocol):
    """A scope inside the node is over."""

    def __call__(self, run: Progress, node: Node, scope: Scope) -> None: ...
