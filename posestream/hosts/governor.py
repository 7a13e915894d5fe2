"""Keep up or say so: when inference is slower than the cameras, look for new persons less often, visibly."""

from dataclasses import dataclass

MOST = 8
TOO_BUSY = 0.9  # share of the time that inference works
IDLE = 0.5
CALM_SECONDS = 10


@dataclass(frozen=True)
class Load:
    """The governor's state: the detectors' interval now, and for how many seconds there was room."""

    detector_every: int = 1
    calm_seconds: int = 0


def govern(load: Load, busy_share: float, dropped: int) -> Load:
    """Give the load for the next second.

    ``busy_share`` is inference's share of the last second's wall time, ``dropped`` the frames that newer ones
    replaced in it. Too busy and dropping: the interval doubles, up to 8. Ten calm seconds: it halves.
    """
    if busy_share >= TOO_BUSY and dropped > 0:
        return Load(min(load.detector_every * 2, MOST), 0)
    if busy_share >= IDLE:
        return Load(load.detector_every, 0)
    if load.calm_seconds + 1 >= CALM_SECONDS:
        return Load(max(load.detector_every // 2, 1), 0)
    return Load(load.detector_every, load.calm_seconds + 1)


def spoken(detector_every: int, looked_at: float, wanted: float) -> str:
    """Say in plain words what was cut, empty if nothing: frames a second looked at and wanted."""
    parts = []
    if detector_every > 1:
        ending = "nd" if detector_every == 2 else "th"  # 2, 4 and 8 are what the governor takes
        parts.append(f"looks for new persons every {detector_every}{ending} frame")
    if looked_at < 0.8 * wanted:
        parts.append(f"looks at {looked_at:.1f} of {wanted:g} frames a second")
    return "slowed: " + ", ".join(parts) if parts else ""
