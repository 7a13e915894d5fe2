"""One account of a camera over all that read it, one after the other."""

from dataclasses import replace

from ingest.account import DropReason, FrameCounts
from ingest.capture.fates import PassReason
from ingest.sender import CameraLook

_COUNTED = (
    "frames_decoded",
    "frames_sampled",
    "frames_dropped",
    "frames_delivered",
    "frames_corrupt",
    "reconnects",
    "packets",
)


def look_sum(earlier: CameraLook | None, later: CameraLook) -> CameraLook:
    """Give ``later`` with the counts of ``earlier`` added: its account is closed if both are."""
    if earlier is None:
        return later
    counted = {name: getattr(earlier.status, name) + getattr(later.status, name) for name in _COUNTED}
    dropped = {
        reason: earlier.counts.dropped.get(reason, 0) + later.counts.dropped.get(reason, 0) for reason in DropReason
    }
    passed = {
        reason: earlier.counts.passed.get(reason, 0) + later.counts.passed.get(reason, 0) for reason in PassReason
    }
    counts = FrameCounts(
        produced=earlier.counts.produced + later.counts.produced,
        delivered=earlier.counts.delivered + later.counts.delivered,
        dropped=dropped,
        packets=earlier.counts.packets + later.counts.packets,
        passed=passed,
    )
    return CameraLook(later.camera_id, replace(later.status, passed=passed, **counted), counts, later.wanted_fps)
