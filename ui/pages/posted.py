"""UI pages: what the form of a task was made with - its pass, its submission."""

from typing import Any
from uuid import UUID


def epoch_of(text: Any) -> int:
    """The pass that the page was made for; anything else is stale."""
    return int(text) if isinstance(text, str) and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


def submission_id_of(text: str | None) -> UUID | None:
    """The submission id that a form was made with, so that sending it twice does it once."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
