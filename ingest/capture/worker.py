"""What the watcher has of a reader, be it a child process or a thread."""

from typing import Protocol

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder
from ingest.scaling import MAX_PIXELS
from ingest.settings import ReadSettings
from posestream.errors import InputError
from posestream.messaging.frame_message import MOST_BYTES

# Newest wins: one is written, one is read, two more so that a slow copy is seldom overtaken.
_PICTURE_SLOTS = 4
# Of access units all are wanted: two seconds and more of them.
_PACKET_SLOTS = 64
# Portraits are higher than wide; a picture of a stranger shape is not read.
_MOST_HEIGHT_SHARE = 4
_RGB_BYTES = 3


class CaptureWorker(Protocol):
    """Carries out one order after the other until it is ended; used by one thread."""

    memory: CaptureMemory

    def begin(self, order: CaptureOrder) -> None:
        """Begin to carry out an order; the one before has ended. Returns at once."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait until something new lies in the memory or the order has ended, or so long."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the order has ended."""
        ...

    @property
    def fault(self) -> InputError | None:
        """Why it ended; None if it just ended, or has not."""
        ...

    @property
    def usable(self) -> bool:
        """Whether it can carry out one more order."""
        ...

    def over_limit(self) -> str | None:
        """Say in words what it has too much of, None while all is well."""
        ...

    def end(self) -> bool:
        """End it now, whatever it does; nothing is written into the memory after that. False if its thread hangs on."""
        ...


def memory_size(settings: ReadSettings, *, packets: bool) -> MemorySize:
    """Give the size of the memory for a camera's pictures or access units; what is not used of it costs nothing."""
    if packets:
        return MemorySize(_PACKET_SLOTS, MOST_BYTES)
    widths = [pixels for pixels in (settings.width, settings.max_width) if pixels is not None]
    pixels = min(MAX_PIXELS, _MOST_HEIGHT_SHARE * min(widths) ** 2) if widths else MAX_PIXELS
    return MemorySize(_PICTURE_SLOTS, _RGB_BYTES * pixels)
