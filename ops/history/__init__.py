"""Room `ops`, history: some months of the demo company's past - planned, taken over by services, checked."""

from ops.history.seeding import seed

__all__ = ["seed"]
