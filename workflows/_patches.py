"""Workflows: the register of semantics numbers - what changed in the interpreter, when, why, until when.

A run keeps the number it started with (`contracts.payload.SEMANTICS`), so recorded histories stay valid:
code that changes what an old history would command branches on `start.semantics`.
"""

SEMANTICS_REGISTER: dict[int, str] = {
    1: "2026-11: first interpreter. May be removed when no run and no archive of semantics 1 is replayed.",
    2: "2026-11: a timer that comes early enough is kept, not set anew: two events less in a hop. "
    "An irreversible action in a pass that failed and was tried again, or in a loop that is over, hinders a "
    "send-back; so does one in a line or round that is over of a loop inside another step, and what anybody "
    "did there hinders a withdrawal.",
}

TIMER_KEPT = 2
