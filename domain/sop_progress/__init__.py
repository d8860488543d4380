"""Domain: the state machine that runs any SOP definition - pure, deterministic, the same everywhere.

Fed by commands, answers and the clock, it emits the operations of the next advance (`contracts.advance`).
The workflow drives it for real, the simulation with scripted answers, replay with recorded ones. It knows
no engine, no database and no wall clock.
"""

from .loading import load, of_bundle
from .machine import Progress
from .refusals import CommandRefused
from .state import Node, Scope, State

__all__ = ["CommandRefused", "Node", "Progress", "Scope", "State", "load", "of_bundle"]
