"""Room `api`: in which of the two languages a caller is answered."""

from __future__ import annotations

from starlette.datastructures import Headers

from domain.errors import Language


def language_of(headers: Headers, actor_language: Language | None = None) -> Language:
    """By Accept-Language, else as the person has chosen, else Chinese."""
    best: tuple[float, Language] | None = None
    for part in headers.get("accept-language", "")[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = _known(tag)
        quality = _quality(weight)
        if language and quality > 0 and (best is None or quality > best[0]):
            best = (quality, language)
    return best[1] if best else (actor_language or "zh")


def _known(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0]
    return "zh" if primary == "zh" else "en" if primary == "en" else None


def _quality(weight: str) -> float:
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
