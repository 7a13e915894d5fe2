"""What stands between the pipeline and one viewer: bounded, so a slow viewer loses and never slows.

Both slots are written by any thread and read by the viewer's own loop; ``wake`` is called after each change
and must return at once.
"""

import threading
from collections import deque
from collections.abc import Callable

from sinks.serve.events import Event
from sinks.serve.message import LiveMessage

MOST_EVENTS = 100

Wake = Callable[[], None]


class FrameSlot:
    """Holds the newest frame for one viewer; an older one that was not taken is gone."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._message: LiveMessage | None = None
        self.closed = False
        self.dropped = 0

    def put(self, message: LiveMessage) -> None:
        """Offer a frame; never waits."""
        with self._lock:
            self.dropped += self._message is not None
            self._message = message
        self._wake()

    def take(self) -> LiveMessage | None:
        """Give the newest frame once; None if there is none since."""
        with self._lock:
            message, self._message = self._message, None
            return message

    def close(self) -> None:
        """Tell the viewer that no more will come."""
        self.closed = True
        self._wake()


class EventSlot:
    """Holds what one listener has not read: the newest figures of each camera, and the alerts in order.

    When more than ``most`` events wait, they are forgotten and ``take`` tells so: the listener must load anew.
    """

    def __init__(self, wake: Wake, most: int = MOST_EVENTS) -> None:
        self._wake = wake
        self._most = most
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._figures: dict[str, Event] = {}
        self._overflown = False
        self.closed = False

    def put(self, event: Event) -> None:
        """Add an event; never waits."""
        with self._lock:
            if event.replaces is not None:
                self._figures[event.replaces] = event
            elif len(self._events) < self._most:
                self._events.append(event)
            else:
                self._events.clear()
                self._overflown = True
        self._wake()

    def take(self) -> tuple[list[Event], bool]:
        """Give all that waits, in order, and whether something was forgotten before it."""
        with self._lock:
            events = sorted([*self._events, *self._figures.values()], key=lambda event: event.number)
            overflown, self._overflown = self._overflown, False
            self._events.clear()
            self._figures.clear()
            return events, overflown

    def close(self) -> None:
        """Tell the listener that no more will come."""
        self.closed = True
        self._wake()
