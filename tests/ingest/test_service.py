"""The service as a process, against a real broker."""

import json
import re
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from posestream.config import KafkaConfig
from posestream.jpeg import decode_jpeg
from posestream.messaging.frame_message import FrameMessage
from posestream.messaging.health_message import CameraHealth, Health, WorkerHealth
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.schemas import TimeSource

Wait = Callable[..., None]
FramesOn = Callable[[KafkaConfig], list[FrameMessage]]
HealthOn = Callable[[KafkaConfig], list[Health]]
SECRET = "p@s:s/#?%w"  # noqa: S105  # a password that nobody uses


def pictures(frames: list[FrameMessage], camera: str = "cam") -> list[FrameMessage]:
    return [frame for frame in frames if frame.stamp.camera_id == camera and frame.codec != "none"]


def accounts(log: str) -> dict[str, dict[str, Any]]:
    """Each camera's account as the service's last lines say it."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return {line["camera"]: line for line in lines if line["event"] == "camera_stopped"}


def assert_time_rises(frames: list[FrameMessage]) -> None:
    for camera in {frame.stamp.camera_id for frame in frames}:
        times = [(it.stamp.epoch, it.stamp.captured_at_ns) for it in frames if it.stamp.camera_id == camera]
        assert all(earlier < later for earlier, later in pairwise(times))


@pytest.mark.rtsp
def test_a_real_camera_s_frames_are_on_the_topic_and_its_health_too(
    rtsp_server: Callable[..., Any],
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    health_on: HealthOn,
    wait_for: Wait,
) -> None:
    server = rtsp_server(make_clip(frames=50), login=("admin", SECRET))
    url = f"rtsp://admin:{SECRET}@127.0.0.1:{server.port}/cam"
    running = ingest(kafka, {"cameras": [{"id": "cam", "url": url, "width": 80}]}, "--verbose")
    wait_for(lambda: len(pictures(frames_on(kafka))) >= 10)
    assert running.stop() == 0
    frames = frames_on(kafka)
    sent = pictures(frames)
    assert_time_rises(frames)
    first = sent[0].stamp
    assert (first.width, first.height, first.time_source) == (160, 120, TimeSource.ARRIVAL)
    steps = [later.stamp.frame_index - frame.stamp.frame_index for frame, later in pairwise(sent)]
    assert median(steps) == pytest.approx(5, abs=1)  # 5 of the 25 a second
    image = decode_jpeg(sent[3].payload)
    assert (image.width, image.height) == (80, 60)
    assert {frame.codec for frame in sent} == {"jpeg"}

    account = accounts(running.log())["cam"]
    assert (account["delivered"], account["in_flight"]) == (len(sent), 0)
    said = [health for health in health_on(kafka) if isinstance(health, CameraHealth)]
    assert [health.state for health in said][-2:] == ["live", "stopped"]
    assert said[-1].frames_delivered == len(sent)
    assert said[-1].frames_produced == len(sent) + sum(said[-1].frames_dropped.values())
    workers = [health for health in health_on(kafka) if isinstance(health, WorkerHealth)]
    assert (workers[-1].worker, workers[-1].state, workers[-1].cameras) == ("ingest/w1", "stopped", ("cam",))
    everything = running.log() + repr(said) + repr(frames)
    for form in (SECRET, "p%40s", "admin"):
        assert form not in everything


def test_a_silent_camera_gives_a_clock(
    fake_camera: Callable[[str], int],
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    health_on: HealthOn,
    wait_for: Wait,
) -> None:
    """One camera never answers, one shows a frame in three seconds; both give a message a second."""
    cameras = [
        {"id": "away", "url": f"rtsp://admin:{SECRET}@127.0.0.1:{fake_camera('close')}/x"},
        {"id": "slow", "url": f"file:{make_clip(frames=100)}", "fps": 0.3},
    ]
    running = ingest(kafka, {"cameras": cameras})
    wait_for(lambda: len(pictures(frames_on(kafka), "slow")) >= 3)
    assert running.stop() == 0
    frames = frames_on(kafka)
    assert_time_rises(frames)
    for camera in ("away", "slow"):
        times = [frame.stamp.captured_at_ns for frame in frames if frame.stamp.camera_id == camera]
        assert max(later - earlier for earlier, later in pairwise(times)) < 2e9
    away = [frame for frame in frames if frame.stamp.camera_id == "away"]
    assert {(it.stamp.epoch, it.stamp.frame_index, it.codec) for it in away} == {(away[0].stamp.epoch, 0, "none")}
    assert away[-1].stamp.pts_seconds - away[0].stamp.pts_seconds == pytest.approx(
        (away[-1].stamp.captured_at_ns - away[0].stamp.captured_at_ns) / 1e9
    )
    slow = [frame for frame in frames if frame.stamp.camera_id == "slow"]
    before = [later.stamp for frame, later in pairwise(slow) if frame.codec == "jpeg" and later.codec == "none"]
    stamps = {(it.stamp.epoch, it.stamp.frame_index): it.stamp for it in slow if it.codec == "jpeg"}
    assert before
    for stamp in before:
        last = stamps[stamp.epoch, stamp.frame_index]
        assert (stamp.width, stamp.height) == (last.width, last.height)
        assert stamp.pts_seconds > last.pts_seconds
    states = {health.camera: health.state for health in health_on(kafka) if isinstance(health, CameraHealth)}
    assert states == {"away": "stopped", "slow": "stopped"}
    told = [it for it in health_on(kafka) if isinstance(it, CameraHealth) and it.camera == "away"]
    assert next(it.reason for it in told if it.state == "down").startswith("rtsp://127.0.0.1:")
    assert SECRET not in running.log() + repr(told)


def asked(log: str, path: str) -> str:
    """What the service answers, whatever the status."""
    address = re.search(r'"metrics": ?"(http://[^"]+)/metrics"', log)
    assert address is not None
    try:
        with urllib.request.urlopen(address[1] + path, timeout=30) as answer:  # noqa: S310  # our own page
            return str(answer.read().decode())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return str(refusal.read().decode())


def figures(log: str) -> str:
    return asked(log, "/metrics")


def test_the_account_closes_over_a_broker_that_dies_and_comes_back(
    own_broker: Any,  # noqa: ANN401  # loaded by path: no static type
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    """What the service says was delivered is what lies on the topic.

    A message whose confirmation dies with the broker may lie there, too, though it counts as not delivered: nobody
    can know. Nothing lies there twice, and nothing that was delivered is missing.
    """
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    clip = make_clip(frames=50)
    cameras = [{"id": f"cam{number}", "url": f"file:{clip}", "fps": 25, "width": 160} for number in range(3)]
    running = ingest(kafka, {"cameras": cameras})
    wait_for(lambda: len(frames_on(kafka)) > 50)

    own_broker.kill()
    wait_for(lambda: _dropped(running, "not_delivered") > 8 * 60)  # about eight seconds of three cameras
    assert "takes no frames" in asked(running.log(), "/readyz")
    own_broker.start()
    back = len(frames_on(kafka))
    wait_for(lambda: len(frames_on(kafka)) > back + 50)
    assert json.loads(asked(running.log(), "/readyz"))["ready"]

    assert running.stop() == 0
    frames = frames_on(kafka)
    assert_time_rises(frames)
    for camera, account in accounts(running.log()).items():
        there = [frame.stamp.event_id for frame in pictures(frames, camera)]
        dropped = account["dropped"]
        assert account["produced"] == account["delivered"] + sum(dropped.values())
        assert account["in_flight"] == 0
        assert max(Counter(there).values()) == 1
        assert account["delivered"] <= len(there) <= account["delivered"] + 2
        assert dropped["not_delivered"] > 100


def _dropped(running: Any, reason: str) -> int:  # noqa: ANN401  # as above
    found = re.findall(
        rf'posestream_frames_dropped_total{{camera="\w+",reason="{reason}"}} ([0-9.]+)', figures(running.log())
    )
    return int(sum(map(float, found)))


def test_a_camera_that_hangs_holds_up_neither_the_others_nor_the_end(
    fake_camera: Callable[[str], int],
    make_clip: Callable[..., Path],
    ingest: Callable[..., Any],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    hung = {"id": "hung", "url": f"rtsp://127.0.0.1:{fake_camera('hole')}/x"}
    running = ingest(kafka, {"cameras": [hung, {"id": "cam", "url": f"file:{make_clip(frames=50)}"}]})
    wait_for(lambda: len(pictures(frames_on(kafka))) >= 20)
    began = time.monotonic()
    assert running.stop() == 0
    assert time.monotonic() - began < 10  # the promise to supervisors
    account = accounts(running.log())
    assert (account["hung"]["produced"], account["cam"]["in_flight"]) == (0, 0)
    assert account["cam"]["delivered"] == len(pictures(frames_on(kafka)))


def test_every_figure_stands_at_zero_from_the_start(
    ingest: Callable[..., Any], kafka: KafkaConfig, fake_camera: Callable[[str], int], wait_for: Wait
) -> None:
    running = ingest(kafka, {"cameras": [{"id": "cam", "url": f"rtsp://127.0.0.1:{fake_camera('close')}/x"}]})
    wait_for(lambda: "metrics" in running.log())
    wait_for(lambda: "posestream_camera_up" in figures(running.log()))
    text = figures(running.log())
    for reason in ("newer", "damaged", "not_encoded", "too_large", "queue_full", "not_delivered"):
        assert f'posestream_frames_dropped_total{{camera="cam",reason="{reason}"}} 0.0' in text
    for name in ("frames_received", "frames_decoded", "frames_produced", "frames_delivered"):
        assert f'posestream_{name}_total{{camera="cam"}} 0.0' in text
    assert 'posestream_camera_up{camera="cam"} 0.0' in text
    assert 'posestream_frame_age_seconds_count{stage="ingest"} 0.0' in text
    assert running.stop() == 0


def test_cameras_come_change_and_go_while_another_runs_on(
    ingest: Callable[..., Any],
    make_clip: Callable[..., Path],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    health_on: HealthOn,
    wait_for: Wait,
) -> None:
    clip = make_clip(frames=1500)  # a minute: it does not begin anew, that would be a new epoch

    def camera(name: str, **keys: object) -> dict[str, object]:
        return {"id": name, "url": f"file:{clip}", "fps": 25, "width": 80, **keys}

    def seen(name: str) -> int:
        return len(pictures(frames_on(kafka), name))

    running = ingest(kafka, {"cameras": [camera("stays"), camera("goes"), camera("changes")]})
    wait_for(lambda: seen("stays") and seen("goes") and seen("changes"))
    running.write({"cameras": [camera("stays"), camera("changes", width=64), camera("comes")], "site": "other"})
    wait_for(lambda: seen("comes") and "camera_stopped" in running.log())
    wait_for(lambda: len({it.stamp.epoch for it in pictures(frames_on(kafka), "changes")}) == 2)

    text = figures(running.log())
    assert 'camera="goes"' not in text
    assert 'posestream_camera_up{camera="comes"}' in text
    assert "posestream_config_valid 1.0" in text
    running.write({"cameras": [camera("stays", url=f"smb://admin:{SECRET}@h/x")]})
    wait_for(lambda: "posestream_config_valid 0.0" in figures(running.log()))
    before = seen("comes")
    wait_for(lambda: seen("comes") > before + 10)  # the config of before goes on
    assert "posestream_config_refused_total 1.0" in figures(running.log())
    assert running.stop() == 0

    frames = frames_on(kafka)
    assert_time_rises(frames)
    account = accounts(running.log())
    stays = [frame.stamp for frame in pictures(frames, "stays")]
    assert len({stamp.epoch for stamp in stays}) == 1
    missing = stays[-1].frame_index + 1 - stays[0].frame_index - len(stays)
    assert missing <= sum(account["stays"]["dropped"].values())  # no gap that is not accounted for
    for name, one in account.items():
        assert one["produced"] == one["delivered"] + sum(one["dropped"].values())
        assert (one["in_flight"], one["delivered"]) == (0, seen(name))
    assert set(account) == {"stays", "goes", "changes", "comes"}
    last = {health.camera: health for health in health_on(kafka) if isinstance(health, CameraHealth)}
    assert {(name, health.state) for name, health in last.items()} == {(name, "stopped") for name in account}
    assert last["changes"].frames_delivered == account["changes"]["delivered"]
    events = [json.loads(line) for line in running.log().splitlines() if line.startswith("{")]
    told = {event["event"]: event for event in events if event["event"].startswith("config_")}
    assert (told["config_taken"]["added"], told["config_taken"]["removed"]) == (["comes"], ["goes"])
    assert (told["config_taken"]["recaptured"], told["config_needs_restart"]["keys"]) == (["changes"], ["site"])
    assert "camera 'stays': 'smb:' is no source" in told["config_refused"]["reason"]
    assert SECRET not in running.log()


def test_an_absent_broker_and_absent_topics_are_waited_for(
    ingest: Callable[..., Any], broker: str, make_clip: Callable[..., Path], frames_on: FramesOn, wait_for: Wait
) -> None:
    kafka = KafkaConfig(bootstrap_servers=broker, topic_prefix="later", partitions=3)
    running = ingest(kafka, {"cameras": [{"id": "cam", "url": f"file:{make_clip(frames=25)}"}]})
    wait_for(lambda: "topics apply" in running.log())
    create_topics(kafka, admin_client(kafka))
    wait_for(lambda: pictures(frames_on(kafka)))
    assert running.stop() == 0


def test_who_waits_for_a_broker_says_so_and_can_be_stopped(
    ingest: Callable[..., Any], make_clip: Callable[..., Path], wait_for: Wait
) -> None:
    nobody = KafkaConfig(bootstrap_servers="127.0.0.1:1")
    running = ingest(nobody, {"cameras": [{"id": "cam", "url": f"file:{make_clip(frames=25)}"}]})
    wait_for(lambda: "127.0.0.1:1 cannot be reached" in running.log())
    assert running.stop() == 0


@pytest.mark.parametrize(
    ("config", "words", "code", "text"),
    [
        ({}, (), 2, "ingest needs at least one camera"),
        ({"cameras": [{"id": "cam", "url": "gopher://x/y"}]}, (), 2, "camera 'cam': 'gopher:' is no source"),
        ({"cameras": [{"id": "cam", "url": "file:nowhere.mp4"}]}, (), 3, "camera 'cam': nowhere.mp4: there is no"),
        (
            {"cameras": [{"id": "cam", "url": f"rtsp://admin:{SECRET}@10.0.0.7/x"}]},
            ("--once",),
            2,
            "camera 'cam': rtsp://10.0.0.7/x has no end; --once reads files and folders",
        ),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_begun(
    ingest: Callable[..., Any], config: dict[str, object], words: tuple[str, ...], code: int, text: str
) -> None:
    running = ingest(KafkaConfig(bootstrap_servers="127.0.0.1:1"), config, *words)
    assert running.ended() == code
    assert text in running.log()
    assert len(running.log().splitlines()) == 1
    assert SECRET not in running.log()
