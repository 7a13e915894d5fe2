"""Events for the page: how they are numbered, remembered and written (server-sent events)."""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

REMEMBERED = 256


@dataclass(frozen=True)
class Event:
    """Something the page should know. ``replaces``: only the newest with this key matters (figures)."""

    number: int
    name: str
    data: dict[str, Any]
    replaces: str | None = None


class EventRing:
    """Numbers events and remembers the last ones, so that a page that was cut off can go on; bounded.

    Events that replace each other are numbered but not remembered: they come again within a second.
    ``run`` tells this process from an earlier one whose numbers mean nothing here.
    """

    def __init__(self, run: str, most: int = REMEMBERED) -> None:
        self.run = run
        self._number = 0
        self._forgotten = 0  # the newest number that was pushed out
        self._kept: deque[Event] = deque()
        self._most = most

    def add(self, name: str, data: dict[str, Any], replaces: str | None = None) -> Event:
        """Number an event and remember it."""
        self._number += 1
        event = Event(self._number, name, data, replaces)
        if replaces is None:
            self._kept.append(event)
            if len(self._kept) > self._most:
                self._forgotten = self._kept.popleft().number
        return event

    def since(self, last_id: str) -> list[Event] | None:
        """Give what came after the event of this id; None if that is no longer known."""
        run, _, number = last_id.rpartition("-")
        if run != self.run or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        if not self._forgotten <= int(number) <= self._number:
            return None
        return [event for event in self._kept if event.number > int(number)]

    def id_of(self, event: Event) -> str:
        """Give the id that the browser hands back as Last-Event-ID."""
        return f"{self.run}-{event.number}"


def event_text(name: str, data: dict[str, Any], event_id: str | None = None) -> str:
    """Write one server-sent event; JSON holds no line breaks, so data is one line."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
