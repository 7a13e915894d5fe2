"""The figures of one service, under the names that boards and alert rules know: ``posestream_…``.

Labels are cameras, stages, reasons, codes, severities, topics; never a track, an event or a frame.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from posestream import __version__

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)

AGE_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.12, 0.2, 0.35, 0.6, 1.0, 2.0, 5.0, 10.0, 60.0)
"""Bounds of the histograms of ages and durations."""


class Metrics:
    """A registry of its own: two services in one process (tests) do not meet; safe for threads."""

    def __init__(self, service: str, worker: str) -> None:
        self._registry = CollectorRegistry()
        self._families: dict[str, object] = {}
        self._lock = threading.Lock()
        info = Info("posestream_build", "What runs here", registry=self._registry)
        info.info({"version": __version__, "service": service, "worker": worker})

    def counter(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Counter:
        """Give a counter, made on the first call; ``_total`` is added to its name."""
        return self._kept(name, lambda: Counter(f"posestream_{name}", help_text, labels, registry=self._registry))

    def gauge(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Gauge:
        """Give a gauge, made on the first call."""
        return self._kept(name, lambda: Gauge(f"posestream_{name}", help_text, labels, registry=self._registry))

    def histogram(
        self, name: str, help_text: str, labels: Sequence[str] = (), bounds: Sequence[float] = AGE_SECONDS
    ) -> Histogram:
        """Give a histogram, made on the first call."""
        full = f"posestream_{name}"
        return self._kept(name, lambda: Histogram(full, help_text, labels, buckets=bounds, registry=self._registry))

    def _kept(self, name: str, make: Callable[[], _Metric]) -> _Metric:
        with self._lock:
            if name not in self._families:
                self._families[name] = make()
            return cast("_Metric", self._families[name])

    def text(self) -> bytes:
        """Give all figures in Prometheus' text format."""
        return generate_latest(self._registry)
