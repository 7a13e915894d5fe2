"""``posestream archive``: poses and tracks from Kafka into Parquet files, by day and camera.

Guarantee: each message of the two topics is one row of one file, also after kills at any moment. All workers of one
installation write into one folder (a shared one, if they are on several machines).
"""

import pyarrow as pa

from posestream.config import Config
from posestream.errors import UsageError
from posestream.messaging.events import read_poses, read_tracks
from posestream.messaging.topics import POSES, TRACKS
from posestream.service import ServiceOptions, running
from sinks.parquet_sink import FOLDER, ParquetSink, keeping
from sinks.stream import StreamApplication, StreamOptions, events, run_stream
from sinks.timely import timely


def serve(config: Config, options: ServiceOptions) -> int:
    """Run the service until a signal; gives the exit code.

    Raises:
        UsageError: if the folder cannot be made.
        DependencyError: if another worker of the same name has taken over.
    """
    archive = options.data / config.archive.path
    try:
        archive.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UsageError(
            f"{archive}: cannot make the folder: {exc.strerror}; choose another with archive.path"
        ) from exc
    # The default pools keep what they once had; files are written now and then.
    pa.set_memory_pool(pa.system_memory_pool())
    with running("archive", config, options, parts=(FOLDER,), writes=True) as service:
        service.readiness.ready(FOLDER)

        def build(app: StreamApplication) -> None:
            poses, _ = events(service, app, POSES, keeping(timely(read_poses, service.clock)))
            poses.sink(ParquetSink(service, archive, POSES, read_poses))
            tracks, _ = events(service, app, TRACKS, keeping(timely(read_tracks, service.clock)))
            tracks.sink(ParquetSink(service, archive, TRACKS, read_tracks))

        if service.wait_for_topics((POSES, TRACKS)):
            run_stream(service, StreamOptions(config.archive.every, config.archive.most_frames), build)
        return service.exit_code
