"""``posestream run``: the embedded pipeline with the live page."""

import fcntl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from inference.estimator import PoseEstimator
from ingest.source import Source, camera_id_from, camera_source, parse_source
from posestream.clock import Clock, SystemClock
from posestream.config import Config, SqliteStoreConfig, load_config
from posestream.config.overlay import CameraOverlay, load_overlay
from posestream.config.watch import ConfigWatch
from posestream.errors import ConfigError, InputError, UsageError
from posestream.hosts.camera_desk import EmbeddedDesk
from posestream.hosts.cameras import configured_camera, plain_camera
from posestream.hosts.embedded import Embedded
from posestream.hosts.line import CameraLine
from posestream.hosts.line_up import Camera, LineUp
from posestream.lifecycle import StopSignals
from posestream.logs import configure_logs
from sinks.serve.hub import LiveHub
from sinks.serve.page import LivePage
from sinks.store import SqliteStore

OVERLAY = "cameras.json"
_NO_CAMERA = "no camera: give a source (rtsp://…, a clip, a folder, test:pattern) or a --config with cameras"
_SOURCES = (
    "rtsp(s)://…, http(s)://… (MJPEG), http(s)://….m3u8 (HLS), device:0 (V4L2), test:pattern, a clip, a folder; "
    "the config's cameras if left out."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help=_SOURCES, metavar="[SOURCE]..."),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Cameras, zones, rules, model, page.")] = None,
    data: Annotated[Path, typer.Option("--data", help="Folder for series and alerts.")] = Path("data"),
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port of the page; 0: a free one.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="fast, accurate, 3d or your own model; default: the config's.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more.")] = False,
) -> int:
    """Watch cameras: find people, track them, raise alerts, show it all on a page of this machine.

    Cameras, zones and rules may be changed in the config file, and cameras by the page's API, while it runs.
    """
    configure_logs(verbose=verbose)
    settings = load_config(config) if config else Config()
    if not isinstance(settings.store, SqliteStoreConfig):
        raise ConfigError(f"{config}: store.kind: run keeps its series in a file (sqlite); influxdb is for services")
    clock, wake = SystemClock(), threading.Event()
    given = [parse_source(text) for text in sources or []]
    with ExitStack() as stack, StopSignals() as signals:
        _check(settings, given, config, data)
        stack.enter_context(_owned(data))
        desk = _desk(settings, given, data / OVERLAY, wake)
        store = stack.enter_context(SqliteStore(data / settings.store.path))
        store.resolve_left_over()
        hub = LiveHub()
        serve = settings.serve
        page = LivePage(hub, store, serve.bind, serve.port if port is None else port, desk=desk)
        address = page.start()
        stack.callback(page.stop)
        lines = _begun(desk.first, clock, wake, stack)  # before the networks: both take seconds
        estimator = stack.enter_context(_estimator(settings, preset))
        estimator.warm_up()
        if config is not None:
            stack.enter_context(ConfigWatch(config, desk.offer, desk.refuse))
        labels = ", ".join(source.label for source, _, _ in desk.first)
        typer.echo(f"posestream watches {labels or 'no camera yet'}", err=True)
        typer.echo(f"Open {address} (Ctrl+C ends)", err=True)
        embedded = Embedded(lines, estimator, hub, store, clock, settings.model.detector_every)
        embedded.run(signals.stop, wake, desk.take)
    return signals.exit_code


def _desk(settings: Config, given: Sequence[Source], kept: Path, wake: threading.Event) -> EmbeddedDesk:
    """Give who takes changes of cameras; ``kept`` is where those of the API are."""
    overlay = CameraOverlay() if given else load_overlay(kept)
    desk = EmbeddedDesk(settings, overlay, kept, lambda one: _planned(one, given), wake.set, fixed=bool(given))
    if not desk.first and not overlay.cameras:
        raise UsageError(_NO_CAMERA)
    return desk


def _begun(cameras: Sequence[Camera], clock: Clock, wake: threading.Event, stack: ExitStack) -> LineUp:
    """Give the lines of the first cameras, which capture already; the stack ends them."""
    lines = LineUp(
        [CameraLine(*camera, clock, wake.set) for camera in cameras],
        lambda source, camera, rules: CameraLine(source, camera, rules, clock, wake.set),
    )
    for line in lines:
        line.start()
        stack.callback(line.capture.stop, 0.0)
    return lines


def _estimator(settings: Config, preset: str | None) -> PoseEstimator:
    model = settings.model
    name = model.preset if preset is None else preset
    return PoseEstimator.of_preset(name, threads=model.threads, device=model.device)


def _check(settings: Config, given: Sequence[Source], config: Path | None, data: Path) -> None:
    """Refuse at the start what is a mistake at the start only: no camera at all, a clip that is not there."""
    if given:
        return
    if not settings.cameras and not (data / OVERLAY).exists():
        raise UsageError(_NO_CAMERA)
    for number, camera in enumerate(settings.cameras):
        try:
            camera_source(camera)
        except UsageError as exc:
            raise ConfigError(f"{config}: cameras[{number}].url: {exc}") from None


def _planned(settings: Config, given: Sequence[Source]) -> list[Camera]:
    """Give the cameras to watch: those of the command line, else the config's; a clip may come later."""
    if given:
        return _given(settings, given)
    cameras: list[Camera] = []
    for camera in settings.cameras:
        try:
            source = camera_source(camera, must_exist=False)
        except (UsageError, InputError) as exc:
            raise UsageError(f"camera '{camera.id}': url: {exc}") from None
        cameras.append((source, camera, settings.rules_of(camera)))
    return cameras


def _given(settings: Config, sources: Sequence[Source]) -> list[Camera]:
    """Give the cameras of the command line's sources, with the zones that the config has for them."""
    cameras: list[Camera] = []
    for source in sources:
        known = configured_camera(settings, source)
        name = known.id if known else camera_id_from(source)
        taken = {camera.id for _, camera, _ in cameras}
        unique = next(tried for number in range(1, len(cameras) + 2) if (tried := _numbered(name, number)) not in taken)
        base = known or plain_camera(source, unique)
        # The rules were chosen for the camera as configured; here it may have another name.
        rules = tuple(rule.model_copy(update={"cameras": None}) for rule in settings.rules_of(base))
        cameras.append((source, base.model_copy(update={"id": unique}), rules))
    return cameras


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name[:60]}-{number}"


@contextmanager
def _owned(data: Path) -> Iterator[None]:
    """Make the data folder and keep a second `run` out of it: each would end the other's alerts."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "posestream.lock").open("w")
    except OSError as exc:
        raise UsageError(f"{data}: cannot be the data folder: {exc.strerror}") from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{data}: another posestream run uses this data folder; give another by --data") from None
        yield
