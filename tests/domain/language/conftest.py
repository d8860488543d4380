"""Property tests are judged by what they find, not by how fast a shared machine runs them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
