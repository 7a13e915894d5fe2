"""Which cameras the service reads, and how, as the config says; a mistake is told before anything is begun."""

from dataclasses import dataclass

from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind, parse_source
from posestream.config import CameraConfig, Config
from posestream.errors import InputError, UsageError


@dataclass(frozen=True)
class CameraPlan:
    """One camera to read."""

    source: Source
    settings: ReadSettings


def camera_plans(config: Config, *, once: bool) -> tuple[CameraPlan, ...]:
    """Give what is to be read; with ``once`` every frame of it, or frames at each camera's rate.

    Raises:
        UsageError: if there is no camera, a url is none, or a live camera is to be read once.
        InputError: if a file or folder is not there.
    """
    if not config.cameras:
        raise UsageError("cameras: ingest needs at least one camera in the config")
    return tuple(_plan(camera, once=once) for camera in config.cameras)


def _plan(camera: CameraConfig, *, once: bool) -> CameraPlan:
    where = f"camera '{camera.id}'"
    try:
        source = parse_source(camera.url.get_secret_value())
    except (UsageError, InputError) as exc:
        raise type(exc)(f"{where}: {exc}") from None
    if once and source.kind is SourceKind.RTSP:
        raise UsageError(f"{where}: {source.label} has no end; --once reads files and folders")
    settings = ReadSettings(
        camera_id=camera.id,
        width=camera.width,
        fps=None if once else camera.fps,
        privacy=tuple(area.polygon for area in camera.privacy),
    )
    return CameraPlan(source, settings)
