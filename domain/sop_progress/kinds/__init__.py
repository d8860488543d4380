"""Domain: one small module per step kind - how it is entered, answered, woken, and what ends its scopes."""

from . import action, call, decide, end, for_each, human, notify, parallel, repeat, wait
from ._signatures import Answered, Entered, ScopeClosed, Woken

ENTER: dict[str, Entered] = {
    "human": human.enter,
    "action": action.enter,
    "call": call.enter,
    "decide": decide.enter,
    "parallel": parallel.enter,
    "for_each": for_each.enter,
    "wait": wait.enter,
    "notify": notify.enter,
    "repeat": repeat.enter,
    "end": end.enter,
}
"""Every step kind."""

ANSWERED: dict[str, Answered] = {
    "action": action.answered,
    "call": call.answered,
    "for_each": for_each.answered,
    "wait": wait.answered,
}
WOKEN: dict[str, Woken] = {"human": human.woken, "incident": human.woken, "wait": wait.woken}
SCOPE_CLOSED: dict[str, ScopeClosed] = {
    "parallel": parallel.scope_closed,
    "for_each": for_each.scope_closed,
    "repeat": repeat.scope_closed,
}
