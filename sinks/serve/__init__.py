"""The live page and its API: read only, on this machine only, nothing from other hosts."""

from sinks.serve.figures import CameraFigures
from sinks.serve.hub import LiveHub
from sinks.serve.page import LivePage

__all__ = ["CameraFigures", "LiveHub", "LivePage"]
