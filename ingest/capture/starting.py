"""How a camera's reader is started: in a child process, or in a thread where that is wanted."""

from collections.abc import Callable

from ingest.capture.order import CaptureOrder
from ingest.capture.process_worker import ProcessWorker
from ingest.capture.thread_worker import ThreadWorker
from ingest.capture.worker import CaptureWorker, memory_size
from posestream.clock import Clock


def starter_of(order: CaptureOrder, clock: Clock) -> Callable[[], CaptureWorker]:
    """Give what starts a reader for an order, as its settings want it; it raises OSError where it cannot."""
    settings = order.settings
    size = memory_size(settings, packets=order.packets)

    def start() -> CaptureWorker:
        if settings.isolation == "thread":
            return ThreadWorker(settings.camera_id, size, clock)
        return ProcessWorker(size, settings.memory_limit_mb)

    return start
