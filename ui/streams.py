"""UI: a stream of server-sent events that says when something has changed, for a page that is watched."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse

from ui.view import View

LOOK_EVERY_S = 2.0
LOOKS = 150
"""A stream ends after five minutes; the browser connects again, and the session is checked again."""
Look = Callable[[], Awaitable[tuple[str, Callable[[], str]]]]
"""How something stands now, and what is sent when it stands otherwise than before."""


def watched(view: View, event: str, look: Look) -> StreamingResponse:
    """The stream for a reader who knows how it stood (`known` in the address)."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_changes(view, event, look), media_type="text/event-stream", headers=headers)


async def _changes(view: View, event: str, look: Look) -> AsyncIterator[str]:
    known = view.query("known")
    yield "retry: 3000\n\n"
    for _look in range(LOOKS):
        if await view.request.is_disconnected():
            return
        seen, said = await look()
        if seen != known:
            known = seen
            yield f"event: {event}\ndata: {' '.join(said().split())}\n\n"
        await asyncio.sleep(LOOK_EVERY_S)
