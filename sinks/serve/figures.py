"""What the page says about a camera once a second."""

from dataclasses import dataclass
from typing import Any

from posestream.config import ZoneConfig


@dataclass(frozen=True)
class CameraFigures:
    """The state and the figures of one camera.

    ``state``: one word (``live``, ``connecting``, ``down``, ``stalled``, ``ended`` …); ``live`` is the good one.
    ``reason``: plain words without secrets, why the state is not ``live``; may be empty.
    ``persons``: in view now; ``fps_in`` and ``fps_out``: frames a second from the camera and looked at;
    ``latency_ms``: capture to result; ``inference_ms``: one frame; None where nothing was measured.
    ``dropped``: frames left out since start; ``width`` and ``height`` px of the camera's frame.
    ``score``: the camera's own health, 0..100; ``troubles``: why it is not 100, names of CameraTrouble.
    ``note``: what a viewer should know, like "slowed: detector every 4th frame".
    """

    camera_id: str
    label: str
    state: str
    reason: str = ""
    persons: int = 0
    fps_in: float = 0.0
    fps_out: float = 0.0
    latency_ms: float | None = None
    inference_ms: float | None = None
    dropped: int = 0
    width: int = 0
    height: int = 0
    zones: tuple[ZoneConfig, ...] = ()
    model: str = ""
    note: str = ""
    score: int = 100
    troubles: tuple[str, ...] = ()


def figures_to_json(figures: CameraFigures, picture_age_seconds: float | None) -> dict[str, Any]:
    """Give the object of ``/api/v1/cameras``; ``picture_age_seconds`` is None before the first picture."""
    return {
        "id": figures.camera_id,
        "label": figures.label,
        "state": figures.state,
        "reason": figures.reason,
        "persons": figures.persons,
        "fps_in": round(figures.fps_in, 1),
        "fps_out": round(figures.fps_out, 1),
        "latency_ms": _short(figures.latency_ms),
        "inference_ms": _short(figures.inference_ms),
        "dropped": figures.dropped,
        "width": figures.width,
        "height": figures.height,
        "zones": [{"id": zone.id, "polygon": [list(point) for point in zone.polygon]} for zone in figures.zones],
        "model": figures.model,
        "note": figures.note,
        "score": figures.score,
        "troubles": list(figures.troubles),
        "picture_age_seconds": None if picture_age_seconds is None else round(picture_age_seconds, 1),
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
