"""The infer service as users start it: `posestream infer`."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from inference.estimator import PoseEstimator
from inference.worker.batching import Batching
from posestream.config import Config, KafkaConfig
from posestream.hosts.infer import LoadGovernor, batching_of, read_settings, threads_of, warm_up
from posestream.jpeg import encode_jpeg
from posestream.messaging.clients import frames_producer, reader
from posestream.messaging.events import read_poses
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.messaging.topics import FRAMES, POSES
from posestream.schemas import Frame, FrameStamp, Image, Poses, TimeSource
from posestream.skeletons import COCO17

SLOW_TO_LOAD = Path(__file__).parents[2] / "inference" / "worker" / "infer_process.py"
POSESTREAM = Path(sys.executable).with_name("posestream")


def config_file(folder: Path, kafka: KafkaConfig | None = None, **kafka_settings: object) -> Path:
    where = {} if kafka is None else {"bootstrap_servers": kafka.bootstrap_servers, "topic_prefix": kafka.topic_prefix}
    path = folder / "posestream.yaml"
    path.write_text(
        yaml.safe_dump({"kafka": where | {"partitions": 3} | kafka_settings, "metrics": {"ports": {"infer": 0}}})
    )
    return path


@contextmanager
def infer(config: Path, *options: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """`posestream infer` as a process that ends with the test."""
    command = [str(POSESTREAM), "infer", "--config", str(config), "--data", str(config.parent)]
    log = config.with_suffix(".log")
    with log.open("w") as stream:
        process = subprocess.Popen([*command, *options], stderr=stream, text=True, env=os.environ | environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def test_a_broker_that_is_not_there_is_waited_for(tmp_path: Path, pulled_models: None) -> None:  # noqa: ARG001  # only asks
    config = config_file(tmp_path, bootstrap_servers="127.0.0.1:9")
    with infer(config, "--preset", "fast") as process:
        wait_until(lambda: "waits" in config.with_suffix(".log").read_text(), "that it says what it waits for")
        assert process.poll() is None
        process.terminate()
        assert process.wait(20) == 0


def test_models_that_are_not_there_are_exit_code_5(tmp_path: Path) -> None:
    config = config_file(tmp_path, bootstrap_servers="127.0.0.1:9")
    with infer(config, POSESTREAM_CACHE=str(tmp_path / "empty")) as process:
        assert process.wait(60) == 5
    said = config.with_suffix(".log").read_text()
    assert "posestream models pull" in said
    assert "Traceback" not in said


def test_an_unknown_preset_is_exit_code_2(tmp_path: Path) -> None:
    with infer(config_file(tmp_path, bootstrap_servers="127.0.0.1:9"), "--preset", "best") as process:
        assert process.wait(60) == 2


@pytest.mark.weights
@pytest.mark.testdata
def test_persons_of_several_cameras_are_found(
    kafka: KafkaConfig,
    testdata: Path,
    tmp_path: Path,
    pulled_models: None,  # noqa: ARG001  # only asks
) -> None:
    paths = sorted((testdata / "coco" / "images").iterdir())[:3]
    pictures = {
        f"cam{n}": np.asarray(cv2.imread(str(path))[..., ::-1], np.uint8).copy() for n, path in enumerate(paths)
    }
    config = config_file(tmp_path, kafka, max_frame_age="0s")
    consumer = Consumer(reader(kafka, "test", beginning=True))
    consumer.assign([TopicPartition(kafka.topic(POSES), number, 0) for number in range(3)])
    found: list[Poses] = []

    def all_there() -> bool:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(read_poses(message.key(), message.value(), message.headers()))
        elif message is not None:
            assert message.error().code() == KafkaError._PARTITION_EOF
        return len(found) == 9

    with infer(config, "--preset", "fast") as process:
        producer = Producer(frames_producer(kafka))
        for index in range(3):
            for camera, pixels in pictures.items():
                height, width = pixels.shape[:2]
                stamp = FrameStamp(camera, 1, index, index / 5, index + 1, TimeSource.ARRIVAL, 2 * width, 2 * height)
                payload = encode_jpeg(Image(pixels, "rgb24"), 95)
                producer.produce(
                    kafka.topic(FRAMES), payload, camera, headers=frame_headers(stamp, JPEG, keyframe=True)
                )
        assert producer.flush(30) == 0
        wait_until(all_there, "the poses of nine frames", 120.0)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    consumer.close()
    account = re.findall(r'"event": "account"|"answered": (\d+)', config.with_suffix(".log").read_text())
    assert "9" in account
    with PoseEstimator.of_preset("fast") as estimator:
        for poses in found:
            alone = estimator(pictures[poses.stamp.camera_id])
            assert poses.model == estimator.model
            assert abs(len(poses) - len(alone)) <= 1  # a JPEG is not its picture
            assert len(poses) > 0
            nearest = np.abs(poses.boxes[0] / 2 - alone.boxes).max(axis=1).min()
            assert nearest < 12
            assert {"queue", "decode", "convert", "joints", "looks"} <= set(poses.timings_ms)


def test_the_detectors_interval_is_the_configs_or_as_the_load_allows() -> None:
    fixed, governed, unable = (
        LoadGovernor(3, can_follow=True),
        LoadGovernor(0, can_follow=True),
        LoadGovernor(0, can_follow=False),
    )
    assert [fixed(1.0, 9), fixed(0.0, 0)] == [3, 3]
    assert [governed(0.1, 0), governed(1.0, 9), governed(1.0, 9), governed(1.0, 0)] == [1, 2, 4, 4]
    assert [unable(1.0, 9), unable(1.0, 9)] == [1, 1]


def test_a_cameras_packets_are_read_as_its_config_says() -> None:
    config = Config.model_validate({"cameras": [{"id": "lobby", "url": "rtsp://h/1", "fps": 12, "width": 320}]})
    known, unknown = read_settings(config, "lobby"), read_settings(config, "door")
    assert (known.fps, known.width) == (12, 320)
    assert (unknown.fps, unknown.width) == (5.0, 640)
    assert threads_of(Config.model_validate({"model": {"threads": 3}})) == 3
    assert threads_of(Config()) >= 1


@pytest.mark.parametrize(
    ("model", "batching"),
    [
        ({"threads": 3}, Batching(3, 0.0)),
        ({"threads": 3, "batch_wait": "20ms"}, Batching(3, 0.02)),
    ],
)
def test_how_long_pictures_wait_for_each_other_is_the_configs(model: dict[str, object], batching: Batching) -> None:
    assert batching_of(Config.model_validate({"model": model})) == batching


def test_a_signal_while_networks_compile_is_a_clean_end(tmp_path: Path) -> None:
    """The estimator of this process takes a minute to be ready."""
    config = config_file(tmp_path, bootstrap_servers="127.0.0.1:9")
    command = [sys.executable, str(SLOW_TO_LOAD), str(config), "w1"]
    log = config.with_suffix(".log")
    with log.open("w") as stream:
        process = subprocess.Popen(command, stderr=stream, text=True, env=os.environ | {"WARM_UP_S": "60"})
    try:
        wait_until(lambda: "compiling" in log.read_text(), "that it compiles")
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert "left_while_loading" in log.read_text()
    assert "gives_up" not in log.read_text()


class Noting:
    """An estimator that notes what it is warmed with."""

    model, skeleton, can_follow, detector_every = "noting@1", COCO17, False, 1

    def __init__(self) -> None:
        self.did: list[str | int] = []

    def warm_up(self) -> None:
        self.did.append("warm_up")

    def estimate_many(self, frames: Sequence[Frame]) -> list[Poses]:
        self.did.append(len(frames))
        return [Poses.empty(frame.stamp, self.skeleton, self.model) for frame in frames]


@pytest.mark.parametrize(("threads", "did"), [(1, ["warm_up", 1]), (4, ["warm_up", 1, 2])])
def test_both_roads_of_frames_are_warmed(threads: int, did: list[str | int]) -> None:
    estimator = Noting()
    warm_up(estimator, threads)
    assert estimator.did == did
