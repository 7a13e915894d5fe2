"""``posestream write``: series and alerts from Kafka into InfluxDB or SQLite.

Guarantee: at least once, into points that are the same when they are written again. With the state of each camera's
open second in Quix Streams' store, every point is what ``sinks.series.fold`` gives on the tracks as recorded, however
often this service was killed. While the store is away the topics are the buffer. A second watcher of the watchers runs
here beside that of `alert`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from quixstreams import State

from posestream.config import Config, ZoneConfig
from posestream.config.sections import SqliteStoreConfig
from posestream.errors import UsageError
from posestream.logs import get_log
from posestream.messaging.alert_message import read_alert
from posestream.messaging.events import read_tracks
from posestream.messaging.topics import ALERTS, TRACKS
from posestream.schemas import Tracks
from posestream.service import Service, ServiceOptions, running
from sinks.series import FinishedSecond, fold, state_bytes, state_of
from sinks.series_sink import STORE, SeriesSink
from sinks.series_store import SeriesStore, SqliteSeries
from sinks.store import SqliteStore
from sinks.store_away import StoreAway
from sinks.stream import StreamApplication, StreamOptions, events, run_stream
from sinks.timely import timely
from sinks.watch import watching

MOST_MESSAGES = 2000
"""Messages between two commits: bounds the memory when there is a backlog."""
ASK_SECONDS = 2.0
_OPEN_SECOND = "open-second"


def serve(config: Config, options: ServiceOptions) -> int:
    """Run the service until a signal; gives the exit code.

    Raises:
        UsageError: if the SQLite file cannot be made, or the library for InfluxDB is missing.
        DependencyError: if another worker of the same name has taken over.
    """
    with (
        running("write", config, options, parts=(STORE,), writes=True) as service,
        watching(service),  # besides alert, so that the silence of alert is seen, too
        opened_store(service) as store,
    ):
        zones = {camera.id: camera.zones for camera in config.cameras}

        def build(app: StreamApplication) -> None:
            sink = SeriesSink(service, store)
            tracks, _ = events(service, app, TRACKS, timely(read_tracks, service.clock))
            seconds = tracks.apply(lambda event, state: _finished(event, state, zones), stateful=True)
            seconds.filter(lambda second: second is not None).sink(sink)
            alerts, _ = events(service, app, ALERTS, read_alert)
            alerts.sink(sink)

        if service.wait_for_topics((TRACKS, ALERTS)) and wait_for_store(service, store):
            run_stream(service, StreamOptions(config.kafka.commit_interval, MOST_MESSAGES), build)
        return service.exit_code


@contextmanager
def opened_store(service: Service) -> Iterator[SeriesStore]:
    """Give the store that the config names; it need not be there yet."""
    config = service.config.store
    points = service.metrics.counter("points_written", "Points that the store has taken", ("measurement",))

    def count(measurement: str, number: int) -> None:
        points.labels(measurement=measurement).inc(number)

    if isinstance(config, SqliteStoreConfig):
        service.data.mkdir(parents=True, exist_ok=True)
        with SqliteStore(service.data / config.path) as store:
            yield SqliteSeries(store, count)
        return
    try:
        from sinks.influx_client import InfluxWriter  # noqa: PLC0415  # only who uses InfluxDB needs its library
    except ImportError as exc:
        raise UsageError(f"write needs {exc.name}: pip install 'posestream[influx]'") from exc
    from sinks.influx_store import InfluxSeries  # noqa: PLC0415  # as above

    with InfluxWriter(config, service.stop, service.readiness.turn) as writer:
        yield InfluxSeries(writer, service.config.site, count)


def wait_for_store(service: Service, store: SeriesStore) -> bool:
    """Wait until the store takes something; False if the end of the service came first."""
    while not service.stop.is_set():
        service.readiness.turn()
        try:
            store.check()
        except StoreAway as exc:
            if service.readiness.waits(STORE, exc.reason):
                get_log("write").warning("waits", reason=exc.reason)
            service.stop.wait(ASK_SECONDS)
        else:
            service.readiness.ready(STORE)
            return True
    return False


def _finished(
    tracks: Tracks, state: State[str, bytes], zones: Mapping[str, Sequence[ZoneConfig]]
) -> FinishedSecond | None:
    before = state_of(state.get_bytes(_OPEN_SECOND))
    after, second = fold(before, tracks, zones.get(tracks.poses.stamp.camera_id, ()))
    if after is not before:
        state.set_bytes(_OPEN_SECOND, state_bytes(after))
    return second
