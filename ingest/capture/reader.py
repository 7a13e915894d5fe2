"""One reader at work: does one order, and says how it ended. The same in a child process and in a thread."""

from collections.abc import Callable

from ingest.capture.attempt import Attempt
from ingest.capture.frame_readers import read_frames
from ingest.capture.memory import CaptureMemory
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.capture.packet_readers import read_packets
from posestream.clock import Clock
from posestream.errors import InputError


def carry_out(order: CaptureOrder, memory: CaptureMemory, clock: Clock, wake: Callable[[], None]) -> InputError | None:
    """Read until the source ends or fails or nobody wants it any more; gives why, None if it just ended."""
    outlet = Outlet(memory.board, memory.ring, Attempt(memory.board, clock), wake)
    outlet.attempt.alive()
    try:
        (read_packets if order.packets else read_frames)(order, outlet, clock)
    except InputError as error:
        return error
    except Exception as error:  # noqa: BLE001  # whatever a camera's bytes provoke, it must be tried again
        return InputError(f"{order.source.label}: reading failed unexpectedly ({type(error).__name__})")
    return None
