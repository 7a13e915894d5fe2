"""The only door from the pipeline to the page."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

from posestream.clock import Clock, SystemClock
from posestream.jpeg import encode_jpeg
from posestream.json_form import alert_to_json
from posestream.schemas import Alert, Frame, Tracks
from sinks.serve.events import Event, EventRing
from sinks.serve.figures import CameraFigures, figures_to_json
from sinks.serve.message import Encoder, LiveMessage
from sinks.serve.slots import EventSlot, FrameSlot, Wake
from sinks.serve.trails import Trails

QUALITY = 80  # of the pictures on the page
MOST_VIEWERS = 64  # live views at once
MOST_LISTENERS = 64  # event streams at once


class LiveHub:
    """Takes frames, figures and alerts from any thread and offers them to viewers.

    Guarantee: ``publish`` never waits for a viewer and never encodes; without viewers it only notes the time.
    Each viewer gets the newest frame when it is ready for one; frames in between are dropped. Everything
    is bounded. Frames given to ``publish`` must not be written to again.
    """

    def __init__(self, *, encode: Encoder | None = None, clock: Clock | None = None) -> None:
        self._encode = encode or partial(encode_jpeg, quality=QUALITY)
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._ring = EventRing(run=str(self._clock.wall_ns()))
        self._figures: dict[str, CameraFigures] = {}
        self._seen_at: dict[str, float] = {}
        self._trails: dict[str, Trails] = {}
        self._viewers: dict[str, list[FrameSlot]] = {}
        self._listeners: list[EventSlot] = []

    def publish(self, frame: Frame, tracks: Tracks, alerts: Sequence[Alert] = ()) -> None:
        """Show a frame with what was found in it, and the alerts that changed with it."""
        camera_id = frame.stamp.camera_id
        with self._lock:
            self._seen_at[camera_id] = self._clock.monotonic()
            viewers = tuple(self._viewers.get(camera_id, ()))
            trails = self._trails.setdefault(camera_id, Trails()).add(tracks) if viewers else {}
        if viewers:
            message = LiveMessage(frame, tracks, trails, self._encode)
            for viewer in viewers:
                viewer.put(message)
        self.publish_alerts(alerts)

    def publish_alerts(self, alerts: Sequence[Alert]) -> None:
        """Tell of alerts that changed, also those without a picture."""
        for alert in alerts:
            self._tell("alert", alert_to_json(alert))

    def publish_figures(self, figures: CameraFigures) -> None:
        """Tell a camera's state; called once a second and on change. A new camera appears with it."""
        with self._lock:
            self._figures[figures.camera_id] = figures
            data = self._camera_json(figures)
        self._tell("camera", data, replaces=figures.camera_id)

    def drop_camera(self, camera_id: str) -> None:
        """Forget a camera that was removed."""
        with self._lock:
            for known in (self._figures, self._seen_at, self._trails):
                known.pop(camera_id, None)
            viewers = self._viewers.pop(camera_id, [])
        for viewer in viewers:
            viewer.close()
        self._tell("camera-gone", {"id": camera_id})

    def cameras(self) -> list[dict[str, Any]]:
        """Give all cameras' newest figures as JSON objects, in the order in which they appeared."""
        with self._lock:
            return [self._camera_json(figures) for figures in self._figures.values()]

    def knows(self, camera_id: str) -> bool:
        """Tell whether there is such a camera."""
        with self._lock:
            return camera_id in self._figures or camera_id in self._seen_at

    def watch(self, camera_id: str, wake: Wake) -> FrameSlot | None:
        """Open a live view; None when there are too many. ``wake`` is called when a frame is there."""
        slot = FrameSlot(wake)
        with self._lock:
            if sum(map(len, self._viewers.values())) >= MOST_VIEWERS:
                return None
            self._viewers.setdefault(camera_id, []).append(slot)
        return slot

    def unwatch(self, camera_id: str, slot: FrameSlot) -> None:
        """Close a live view; twice does no harm."""
        with self._lock:
            viewers = self._viewers.get(camera_id, [])
            if slot in viewers:
                viewers.remove(slot)
            if not viewers:
                self._viewers.pop(camera_id, None)
                self._trails.pop(camera_id, None)

    def listen(self, wake: Wake, last_id: str | None = None) -> tuple[EventSlot, list[Event] | None] | None:
        """Open an event stream; gives it and what was missed since ``last_id``, None for the latter if unknown.

        Gives None when there are too many.
        """
        slot = EventSlot(wake)
        with self._lock:
            if len(self._listeners) >= MOST_LISTENERS:
                return None
            self._listeners.append(slot)
            return slot, [] if last_id is None else self._ring.since(last_id)

    def unlisten(self, slot: EventSlot) -> None:
        """Close an event stream; twice does no harm."""
        with self._lock:
            if slot in self._listeners:
                self._listeners.remove(slot)

    def event_id(self, event: Event) -> str:
        """Give the id that resumes after this event."""
        return self._ring.id_of(event)

    def close(self) -> None:
        """End all views and streams."""
        with self._lock:
            slots: list[FrameSlot | EventSlot] = [*self._listeners]
            slots += [slot for viewers in self._viewers.values() for slot in viewers]
        for slot in slots:
            slot.close()

    def _tell(self, name: str, data: dict[str, Any], replaces: str | None = None) -> None:
        with self._lock:
            event = self._ring.add(name, data, replaces)
            for listener in self._listeners:
                listener.put(event)

    def _camera_json(self, figures: CameraFigures) -> dict[str, Any]:
        seen_at = self._seen_at.get(figures.camera_id)
        return figures_to_json(figures, None if seen_at is None else self._clock.monotonic() - seen_at)
