"""UI: what templates are given. Every page template has one typed context class; parts are shared.

Contexts hold values ready to show. They know no service: pages build them, templates read them.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Context:
    """Base of every template context. `template` is the file it belongs to."""

    template: ClassVar[str]
