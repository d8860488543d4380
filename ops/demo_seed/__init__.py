"""Room `ops`, demo company: an invented distributor, loaded once through the same services as any other."""

from ops.demo_seed.loading import load

__all__ = ["load"]
