"""What the page hears all the time: events (server-sent) and live pictures with skeletons (WebSocket)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from fastapi import APIRouter, HTTPException, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from sinks.serve.events import event_text
from sinks.serve.hub import LiveHub
from sinks.serve.slots import EventSlot, FrameSlot

HEARTBEAT_SECONDS = 15.0
TOO_MANY = "too many views are open: close some"
GONE, FULL = 4404, 4429  # WebSocket close codes of ours, after the HTTP ones


def stream_routes(hub: LiveHub, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> APIRouter:
    """Give the routes that stay open."""
    router = APIRouter()

    @router.get("/api/v1/events")
    async def events(request: Request) -> StreamingResponse:
        """Stream events: ``camera`` each second, ``alert`` at once, ``reload`` when something was missed."""
        changed = asyncio.Event()
        last_id = request.headers.get("last-event-id")
        opened = hub.listen(_waker(changed), last_id)
        if opened is None:
            raise HTTPException(503, TOO_MANY)
        slot, missed = opened
        first = [event_text("reload", {})] if missed is None else []
        first += [event_text(event.name, event.data, hub.event_id(event)) for event in missed or []]
        body = _event_lines(hub, slot, changed, first, heartbeat_seconds)
        return StreamingResponse(body, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @router.websocket("/api/v1/cameras/{camera_id}/live")
    async def live(websocket: WebSocket, camera_id: str) -> None:
        """Send the newest frame whenever the viewer is ready for one."""
        await websocket.accept()
        if not hub.knows(camera_id):
            await websocket.close(GONE, "no such camera")
            return
        changed = asyncio.Event()
        slot = hub.watch(camera_id, _waker(changed))
        if slot is None:
            await websocket.close(FULL, TOO_MANY)
            return
        sender = asyncio.create_task(_send_frames(websocket, slot, changed))
        try:
            with suppress(WebSocketDisconnect):
                await _first_to_end(sender, asyncio.create_task(_until_gone(websocket)))
        finally:
            hub.unwatch(camera_id, slot)

    return router


def _waker(changed: asyncio.Event) -> Callable[[], None]:
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody is left to wake
            loop.call_soon_threadsafe(changed.set)

    return wake


async def _event_lines(
    hub: LiveHub, slot: EventSlot, changed: asyncio.Event, first: list[str], heartbeat_seconds: float
) -> AsyncIterator[str]:
    try:
        yield "retry: 1000\n\n" + "".join(first)
        for camera in hub.cameras():
            yield event_text("camera", camera)
        while not slot.closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), heartbeat_seconds)
            changed.clear()
            waiting, overflown = slot.take()
            lines = [event_text("reload", {})] if overflown else []
            lines += [event_text(event.name, event.data, hub.event_id(event)) for event in waiting]
            yield "".join(lines) or ": still here\n\n"
    finally:
        hub.unlisten(slot)


async def _send_frames(websocket: WebSocket, slot: FrameSlot, changed: asyncio.Event) -> None:
    while not slot.closed:
        await changed.wait()
        changed.clear()
        message = slot.take()
        if message is not None:
            await websocket.send_bytes(await asyncio.to_thread(message.packed))
    await websocket.close(1001)


async def _until_gone(websocket: WebSocket) -> None:
    while True:
        message = await websocket.receive()  # the page sends nothing: whatever comes is thrown away
        if message["type"] == "websocket.disconnect":
            return


async def _first_to_end(*tasks: asyncio.Task[None]) -> None:
    """Wait for the first task to end and end the others; raises what it raised."""
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
