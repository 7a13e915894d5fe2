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

    Without ``once`` a file or folder that is not there is planned all the same: its camera is down and tried again,
    and the others are read.

    Raises:
        UsageError: if there is no camera, or urls are none, or a live camera is to be read once: a line for each.
        InputError: if files or folders are not there, with ``once`` any, else all of them: a line for each.
    """
    if not config.cameras:
        raise UsageError("cameras: ingest needs at least one camera in the config")
    plans, wrong, absent = [], [], []
    for camera in config.cameras:
        where = f"camera '{camera.id}'"
        url = camera.url.get_secret_value()
        try:
            plans.append(_plan(camera, parse_source(url, must_exist=False), once=once))
            parse_source(url)
        except UsageError as exc:
            wrong.append(f"{where}: {exc}")
        except InputError as exc:
            absent.append(f"{where}: {exc}")
    if wrong:
        raise UsageError("\n".join(wrong))
    if absent and (once or len(absent) == len(config.cameras)):
        raise InputError("\n".join(absent))
    return tuple(plans)


def _plan(camera: CameraConfig, source: Source, *, once: bool) -> CameraPlan:
    if once and source.kind is SourceKind.RTSP:
        raise UsageError(f"{source.label} has no end; --once reads files and folders")
    settings = ReadSettings(
        camera_id=camera.id,
        width=camera.width,
        fps=None if once else camera.fps,
        privacy=tuple(area.polygon for area in camera.privacy),
    )
    return CameraPlan(source, settings)
