"""Which cameras the service reads, and how, as the config says; a mistake is told before anything is begun."""

from dataclasses import dataclass, replace

from ingest.settings import ReadSettings, settings_of
from ingest.source import Source, camera_source
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
    plans, absent = _read_plans(config, once=once)
    if absent and (once or len(absent) == len(config.cameras)):
        raise InputError("\n".join(absent))
    return plans


def changed_plans(config: Config) -> tuple[CameraPlan, ...]:
    """Give what is to be read after a change of the config: perhaps nothing; files and folders may come later.

    Raises:
        UsageError: if urls are none: a line for each.
    """
    return _read_plans(config, once=False)[0]


def _read_plans(config: Config, *, once: bool) -> tuple[tuple[CameraPlan, ...], list[str]]:
    """Give the plans, and a line for each file or folder that is not there."""
    plans, wrong, absent = [], [], []
    for camera in config.cameras:
        where = f"camera '{camera.id}'"
        try:
            plans.append(_plan(camera, camera_source(camera, must_exist=False), once=once))
            camera_source(camera)
        except UsageError as exc:
            wrong.append(f"{where}: {exc}")
        except InputError as exc:
            absent.append(f"{where}: {exc}")
    if wrong:
        raise UsageError("\n".join(wrong))
    return tuple(plans), absent


def _plan(camera: CameraConfig, source: Source, *, once: bool) -> CameraPlan:
    if once and source.is_live:
        raise UsageError(f"{source.label} has no end; --once reads files and folders")
    settings = settings_of(camera)
    return CameraPlan(source, replace(settings, fps=None) if once else settings)
