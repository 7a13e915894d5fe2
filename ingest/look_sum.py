"""One account of a camera over all that read it, one after the other."""

from dataclasses import replace

from ingest.account import DropReason, FrameCounts
from ingest.sender import CameraLook

_COUNTED = (
    "frames_decoded",
    "frames_sampled",
    "frames_dropped",
    "frames_delivered",
    "frames_corrupt",
    "reconnects",
)


def look_sum(earlier: CameraLook | None, later: CameraLook) -> CameraLook:
    """Give ``later`` with the counts of ``earlier`` added: its account is closed if both are."""
    if earlier is None:
        return later
    counted = {name: getattr(earlier.status, name) + getattr(later.status, name) for name in _COUNTED}
    dropped = {
        reason: earlier.counts.dropped.get(reason, 0) + later.counts.dropped.get(reason, 0) for reason in DropReason
    }
    counts = FrameCounts(
        earlier.counts.produced + later.counts.produced, earlier.counts.delivered + later.counts.delivered, dropped
    )
    return CameraLook(later.camera_id, replace(later.status, **counted), counts)
