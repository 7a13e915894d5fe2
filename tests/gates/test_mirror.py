"""Every source file has a test file of its name at the mirrored place."""

from pathlib import Path, PurePosixPath

# path -> where it is tested instead, and why there.
ELSEWHERE: dict[str, str] = {
    "inference/worker/job.py": "tests/inference/worker: fields alone, seen in every test of the worker's parts",
    "inference/worker/shared.py": "tests/inference/worker: fields alone, as job.py",
    "ingest/capture/fates.py": "tests/ingest/capture/test_board.py and test_tally.py: names alone, counted there",
    "ingest/capture/camera_reader.py": "tests/ingest/test_live.py: real cameras; test_gated.py: what is passed over",
    "ingest/capture/frame_reading.py": "tests/ingest/capture/test_frame_readers.py: every kind of source",
    "ingest/deadlines.py": "tests/ingest/capture/test_patience.py: numbers alone, seen by what they limit",
    "ingest/discovery/facts.py": "tests/ingest/discovery/test_device.py and its neighbours: fields alone",
    "ingest/diagnosis/seen.py": "tests/ingest/diagnosis/test_watch.py, test_figures.py: fields alone",
    "ingest/file_recording.py": "tests/ingest/test_recording.py: it is what open_recording gives for a clip",
    "ingest/report.py": "tests/ingest/test_recording.py and test_folder.py: it is what a recording reports",
    "ingest/sender.py": "tests/ingest/test_jpeg_sender.py and test_packet_sender.py: what both of them are",
    "posestream/messaging/proto/events_pb2.py": "tests/golden/test_golden.py, gates/test_proto.py: made by protoc",
    "posestream/cli/discover_command.py": "tests/posestream/cli/test_discover.py: the command's other half",
    "posestream/cli/tail_command.py": "tests/posestream/cli/test_tail.py: the command's other half, which needs Kafka",
    "posestream/cli/topic_commands.py": "tests/posestream/cli/test_topics.py: the commands' other half, likewise",
    "posestream/messaging/message_line.py": "tests/posestream/messaging/test_readable.py: lines of what is read there",
    "posestream/skeletons/blazepose33.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/body25.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/coco17.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/crowdpose14.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/halpe26.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/mpii16.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/openpose18.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "posestream/skeletons/wholebody133.py": "tests/posestream/skeletons/test_published_orders.py: numbers and names",
    "postprocess/rules/announcement.py": "tests/postprocess/rules/test_engine.py: what judge and finish send",
    "postprocess/rules/kinds.py": "tests/postprocess/rules/test_engine.py: the table of kinds, by every rule judged",
    "postprocess/rules/observation.py": "tests/postprocess/rules/test_zone.py and its neighbours: what they say",
    "postprocess/rules/scene.py": "tests/postprocess/rules/test_engine.py: a frame as the rules see it",
    "postprocess/rules/state.py": "tests/postprocess/rules/test_engine.py: serialised and carried on",
    "postprocess/rules/turn.py": "tests/postprocess/rules/test_engine.py: one rule's turn, by judge",
    "postprocess/tracking/association.py": "tests/postprocess/tracking/test_tracker.py: all its stages through track",
    "postprocess/tracking/settings.py": "tests/postprocess/tracking/test_tracker.py: numbers alone, seen in use",
    "postprocess/tracking/similarity.py": "tests/postprocess/tracking/test_tracker.py: through track",
    "postprocess/tracking/state.py": "tests/postprocess/tracking/test_tracker.py: bounded and carried on",
    "sinks/camera_second.py": "tests/sinks/test_store.py: fields alone, written and read there",
    "sinks/results.py": "tests/sinks/test_text_lines.py, test_coco_results.py, test_annotated_video.py: their names",
    "sinks/serve/desk.py": "tests/sinks/serve/test_camera_routes.py: what the routes ask; test_camera_desk.py: answers",
    "sinks/serve/json_body.py": "tests/sinks/serve/test_camera_routes.py: hostile bodies through real requests",
    "sinks/serve/guard.py": "tests/sinks/serve/test_app.py: hosts, origins and headers through real requests",
    "sinks/serve/routes.py": "tests/sinks/serve/test_app.py: every route through real requests",
    "sinks/serve/streams.py": "tests/sinks/serve/test_page.py: events and live views through a real server",
    "sinks/store_schema.py": "tests/sinks/test_store.py: migrations of real files",
}


def mirror_of(path: str) -> str:
    """Give the place of a source file's tests: inference/runners/x.py -> tests/inference/runners/test_x.py."""
    source = PurePosixPath(path)
    return (PurePosixPath("tests") / source.parent / f"test_{source.name}").as_posix()


def missing_tests(paths: list[str], root: Path) -> list[str]:
    """Give the source files without a test file; ``__init__`` files are seen by the gate of exports."""
    return [
        path
        for path in paths
        if not path.endswith("__init__.py") and path not in ELSEWHERE and not (root / mirror_of(path)).is_file()
    ]


def test_the_gate_sees_what_is_missing(tmp_path: Path) -> None:
    assert mirror_of("inference/runners/x.py") == "tests/inference/runners/test_x.py"
    (tmp_path / "tests" / "ingest").mkdir(parents=True)
    (tmp_path / "tests" / "ingest" / "test_a.py").touch()
    assert missing_tests(["ingest/__init__.py", "ingest/a.py", "ingest/b.py"], tmp_path) == ["ingest/b.py"]


def test_every_source_file_is_tested(sources: dict[str, Path], root: Path) -> None:
    missing = missing_tests(list(sources), root)
    assert not missing, "no test file of mirrored name for:\n" + "\n".join(missing)


def test_every_exception_is_needed(sources: dict[str, Path], root: Path) -> None:
    assert [path for path in ELSEWHERE if path not in sources or (root / mirror_of(path)).is_file()] == []
