"""What people told the services, as it stands now: the compacted control topic as a table.

Used is the part on suspensions. Acknowledgements and marks are kept for who will ask; nothing here acts on them.
"""

import threading
from collections import OrderedDict

from posestream.messaging.control_message import (
    Acknowledgement,
    Mark,
    Suspension,
    control_headers,
    control_key,
    read_control,
    write_control,
)
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.headers import RawHeaders
from posestream.messaging.topics import CONTROL

MOST_KEPT = 50_000
Said = Suspension | Acknowledgement | Mark


class ControlTable:
    """The last message of each key, of bounded number: the oldest go; safe for threads.

    A suspension is judged by capture time: the same event is judged alike whenever it comes. One that arrives after
    an alert was sent does not change what was sent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: OrderedDict[str, Said] = OrderedDict()

    def heard(self, key: bytes | None, value: bytes | None, headers: RawHeaders) -> None:
        """Take a message of the topic; one without a value takes back what was said; raises Unreadable."""
        if value is None and key is not None:
            with self._lock:
                self._said.pop(key.decode(errors="replace"), None)
            return
        said = read_control(key, value, headers)
        with self._lock:
            self._said[control_key(said)] = said
            self._said.move_to_end(control_key(said))
            while len(self._said) > MOST_KEPT:
                self._said.popitem(last=False)

    def said(self, key: str) -> Said | None:
        """Give what was said last under a key like ``acknowledgement/ID``."""
        with self._lock:
            return self._said.get(key)

    def suspended(self, camera: str, rule: str, at_ns: int) -> bool:
        """Tell whether alerts of a rule at a camera are suspended at a capture time."""
        names = (f"{one}/{other}" for one in (camera, "*") for other in (rule, "*"))
        return any(_holds(self.said(f"suspension/{name}"), at_ns) for name in names)


def tell(producer: EventProducer, site: str, said: Said) -> None:
    """Send a message of the control topic; it replaces what was said under its key."""
    producer.send(CONTROL, control_key(said), write_control(said), control_headers(said, site))


def take_back(producer: EventProducer, said: Said) -> None:
    """Take back what was said: its key is forgotten."""
    producer.send(CONTROL, control_key(said), None, [])


def _holds(said: Said | None, at_ns: int) -> bool:
    return isinstance(said, Suspension) and said.from_ns <= at_ns < said.until_ns
