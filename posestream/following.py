"""A service that follows its config file: changes of cameras and rules are taken while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posestream.config.running import RunningConfig, Use
from posestream.config.watch import ConfigWatch
from posestream.service import Service


@contextmanager
def following(service: Service, path: Path | None, use: Use, *, opens_cameras: bool = True) -> Iterator[RunningConfig]:
    """Watch the file from which the service's config came and give what runs; without a path nothing changes.

    ``use`` is called from the watching thread. ``posestream_config_valid`` is 0 while the file holds a config that
    was refused; ``posestream_config_refused_total`` counts how often that came about.
    """
    valid = service.metrics.gauge("config_valid", "1, or 0 while the config file holds what was refused")
    refused = service.metrics.counter("config_refused", "Times that a new config was refused")
    valid.set(1)

    def told(taken: int) -> None:
        valid.set(taken)
        refused.inc(1 - taken)

    running = RunningConfig(service.config, use, told)
    if path is None:
        yield running
        return
    with ConfigWatch(path, running.offer, running.refuse, opens_cameras=opens_cameras):
        yield running
