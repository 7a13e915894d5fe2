"""``posestream ingest --once`` as a process, against a real broker: every frame, in order, none dropped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Consumer, TopicPartition

from ingest.backlog import GROUP
from ingest.once import MOST_BACKLOG
from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.config import KafkaConfig
from posestream.jpeg import decode_jpeg, encode_jpeg
from posestream.messaging.clients import frames_consumer, made
from posestream.messaging.frame_message import FrameMessage
from posestream.messaging.health_message import CameraHealth, Health
from posestream.messaging.topic_admin import admin_client, create_topics

Wait = Callable[..., None]
FramesOn = Callable[[KafkaConfig], list[FrameMessage]]
HealthOn = Callable[[KafkaConfig], list[Health]]


@contextmanager
def worker_at(kafka: KafkaConfig, offset: int) -> Iterator[Consumer]:
    """A member of the workers' group that has done so many frames of each partition."""
    worker = made(Consumer, frames_consumer(kafka, GROUP))
    places = [TopicPartition(kafka.topic("frames"), partition, offset) for partition in range(kafka.partitions)]
    worker.commit(offsets=places, asynchronous=False)
    yield worker
    worker.close()


def of_camera(frames: list[FrameMessage], camera: str) -> list[FrameMessage]:
    return [frame for frame in frames if frame.stamp.camera_id == camera]


@pytest.mark.parametrize("transport", ["jpeg", "packet"])
def test_clips_and_folders_are_sent_whole_and_in_order(
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    health_on: HealthOn,
    transport: str,
) -> None:
    clip = make_clip(frames=200, size=(320, 240))
    for name in ("a", "b", "c"):
        make_clip(f"pictures/{name}.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    cameras = [
        {
            "id": "clip",
            "url": f"file:{clip}",
            "fps": 1,
            "width": 160,
            "privacy": [{"polygon": [[0, 0], [1, 0], [0, 1]]}],
        },
        {"id": "pictures", "url": f"dir:{clip.parent / 'pictures'}"},
    ]
    if transport == "packet":
        del cameras[0]["privacy"]  # refused with packets
    running = ingest(kafka, {"cameras": cameras, "kafka": {"transport": transport}}, "--once")
    assert running.ended() == 0, running.log()
    frames = frames_on(kafka)

    area = tuple(tuple(point) for point in ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]))
    settings = ReadSettings("clip", width=160, privacy=(area,) if transport == "jpeg" else ())  # type: ignore[arg-type]
    with open_recording(parse_source(str(clip)), settings) as recording:
        wanted = list(recording)
    sent = of_camera(frames, "clip")
    assert [frame.stamp for frame in sent] == [
        frame.stamp for frame in wanted
    ]  # ids, times, sizes: as analyze has them
    assert len(sent) == 200
    for frame, truth in zip(sent[::40], wanted[::40], strict=True):
        assert frame.payload == encode_jpeg(truth.image, 85)
    stills = of_camera(frames, "pictures")
    assert [(frame.stamp.epoch, frame.stamp.frame_index) for frame in stills] == [(0, 0), (0, 1), (0, 2)]
    assert np.ptp(decode_jpeg(stills[0].payload).pixels) > 100
    assert {frame.codec for frame in frames} == {"jpeg"}

    last = {health.camera: health for health in health_on(kafka) if isinstance(health, CameraHealth)}
    assert {name: (it.state, it.frames_delivered) for name, it in last.items()} == {
        "clip": ("stopped", 200), "pictures": ("stopped", 3),
    }  # fmt: skip
    assert '"frames": 200, "of": 200' in running.log()


def test_what_is_good_of_a_damaged_clip_is_sent_and_the_loss_is_told(
    make_clip: Callable[..., Path], ingest: Callable[..., Any], kafka: KafkaConfig, frames_on: FramesOn
) -> None:
    whole = make_clip("whole.mp4", frames=100, muxer={"movflags": "faststart"}).read_bytes()
    cut = make_clip("cut.mp4", frames=1)
    cut.write_bytes(whole[: len(whole) // 2])
    text = cut.with_name("text.mp4")
    text.write_text("hello")
    good = make_clip("good.mp4", frames=7)
    cameras = [{"id": path.stem, "url": f"file:{path}"} for path in (cut, text, good)]
    running = ingest(kafka, {"cameras": cameras}, "--once")
    assert running.ended() == 3
    frames = frames_on(kafka)
    sent = of_camera(frames, "cut")
    assert 10 < len(sent) < 100
    assert [frame.stamp.frame_index for frame in sent] == sorted({frame.stamp.frame_index for frame in sent})
    assert len(of_camera(frames, "good")) == 7
    said = [line for line in running.log().splitlines() if line.startswith("posestream: ")]
    assert said[0].startswith(f"posestream: camera 'cut': {cut}: ")
    assert said[1] == f"posestream: camera 'text': {text}: not a video or picture that can be read"
    assert len(said) == 2


def test_an_interrupted_sending_is_no_success(
    make_clip: Callable[..., Path], ingest: Callable[..., Any], kafka: KafkaConfig, frames_on: FramesOn, wait_for: Wait
) -> None:
    clip = make_clip(frames=3000, size=(640, 480))
    running = ingest(kafka, {"cameras": [{"id": "cam", "url": f"file:{clip}"}]}, "--once")
    wait_for(lambda: len(frames_on(kafka)) > 0)
    assert running.stop() == 143
    sent = frames_on(kafka)
    assert 0 < len(sent) < 3000
    assert [frame.stamp.frame_index for frame in sent] == list(range(len(sent)))


def test_no_frame_is_lost_while_the_broker_is_away(
    own_broker: Any,  # noqa: ANN401  # loaded by path: no static type
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    clip = make_clip(frames=1500, size=(640, 480))
    running = ingest(kafka, {"cameras": [{"id": "cam", "url": f"file:{clip}"}]}, "--once")
    wait_for(lambda: len(frames_on(kafka)) > 20)
    own_broker.kill()
    assert running.process.poll() is None  # it was in the midst of it
    own_broker.start()
    assert running.ended() == 0
    assert [frame.stamp.frame_index for frame in frames_on(kafka)] == list(range(1500))


def test_sending_waits_for_workers_that_are_behind(
    make_clip: Callable[..., Path], ingest: Callable[..., Any], kafka: KafkaConfig, frames_on: FramesOn, wait_for: Wait
) -> None:
    clip = make_clip(frames=1000)
    with worker_at(kafka, 0) as worker:
        running = ingest(kafka, {"cameras": [{"id": "cam", "url": f"file:{clip}"}]}, "--once")
        wait_for(lambda: "waits_for_infer" in running.log())
        lying = len(frames_on(kafka))
        assert MOST_BACKLOG < lying <= MOST_BACKLOG + 100
        worker.commit(offsets=[TopicPartition(kafka.topic("frames"), it, 1000) for it in range(3)], asynchronous=False)
        assert running.ended() == 0
    assert [frame.stamp.frame_index for frame in frames_on(kafka)] == list(range(1000))
