"""Packets of small clips whose frames are told apart by their shade."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from inference.worker.accounts import Dropped
from inference.worker.claim import Claim
from inference.worker.job import Job, Kind
from inference.worker.packet_lane import Decoded
from ingest.settings import ReadSettings
from posestream.hosts.packet_decoder import MOST_HELD, CameraPackets
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import FrameStamp, TimeSource

WIDTH, HEIGHT, GOP, RATE = 320, 192, 10, 25
ENCODERS = {"h264": "libx264", "hevc": "libx265", "mpeg4": "mpeg4", "mjpeg": "mjpeg"}


def shade(index: int) -> int:
    return 20 + index * 6


def packets(codec: str = "h264", count: int = 30, b_frames: int = 0, epoch: int = 7) -> list[Job]:
    """The access units of a clip in the order of decoding, a keyframe every ten."""
    encoder = av.CodecContext.create(ENCODERS[codec], "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.gop_size = WIDTH, HEIGHT, GOP
    encoder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    options = {
        "h264": {"preset": "ultrafast", "bf": str(b_frames)},
        "hevc": {"x265-params": "log-level=none:bframes=0"},
    }
    encoder.options = options.get(codec, {}) | ({} if b_frames else {"tune": "zerolatency"} if codec == "h264" else {})
    units: list[Any] = []
    for index in range(count):
        pixels = np.full((HEIGHT, WIDTH, 3), shade(index), np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=encoder.pix_fmt)
        frame.pts, frame.time_base = index, Fraction(1, RATE)
        units += encoder.encode(frame)
    units += encoder.encode(None)
    claim = Claim(0, 0)
    jobs = []
    for number, unit in enumerate(units):
        stamp = FrameStamp(
            "lobby", epoch, number, unit.pts / RATE, 10**15 + number * 40_000_000, TimeSource.ARRIVAL, WIDTH, HEIGHT
        )
        frame_message = FrameMessage(stamp, codec, unit.is_keyframe, bytes(unit))
        claim.take(number)
        jobs.append(Job(Kind.PICTURE, claim, number, frame_message, None, 0.0))
    return jobs


def decoder(fps: float | None = None, width: int | None = None) -> CameraPackets:
    return CameraPackets(ReadSettings("lobby", width=width, fps=fps))


def fed(camera: CameraPackets, jobs: list[Job]) -> list[Decoded]:
    return [answer for job in jobs for answer in camera.feed(job)]


def reasons(answers: list[Decoded]) -> list[Dropped | None]:
    return [answer.reason for answer in answers]


def shown(answer: Decoded) -> int:
    """The index of the frame that a picture shows, by its shade."""
    assert answer.image is not None
    luma = float(answer.image.pixels[: answer.image.height].mean())
    return round(((luma - 16) * 255 / 219 - 20) / 6)


def test_no_packets() -> None:
    assert decoder().forget() == []


@pytest.mark.parametrize("codec", ENCODERS)
@pytest.mark.filterwarnings("ignore:.*deprecated pixel format.*")
def test_each_packet_gives_its_picture(codec: str) -> None:
    jobs = packets(codec, 20)
    answers = fed(decoder(), jobs)
    assert [answer.job.offset for answer in answers] == list(range(20))
    assert [shown(answer) for answer in answers] == list(range(20))
    assert [answer.job.stamp for answer in answers] == [job.stamp for job in jobs]


def test_pictures_are_sampled_and_scaled_as_ingest_does() -> None:
    answers = fed(decoder(fps=5, width=160), packets(count=25))
    taken = [answer for answer in answers if answer.image is not None]
    assert [shown(answer) for answer in taken] == [0, 5, 10, 15, 20]
    assert {(each.image.width, each.image.height) for each in taken if each.image} == {(160, 96)}
    assert reasons(answers).count(Dropped.NOT_SAMPLED) == 20


def test_it_begins_at_a_keyframe() -> None:
    answers = fed(decoder(), packets(count=15)[4:])
    assert reasons(answers) == [Dropped.BEFORE_KEYFRAME] * 6 + [None] * 5
    assert shown(answers[6]) == 10


Change = Callable[[list[Job]], list[Job]]


def broken(job: Job) -> Job:
    return replace(job, frame=replace(job.frame, payload=b"\x00\x00\x00\x01\x65" + b"\xff" * 40))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda jobs: jobs[:4] + jobs[5:], [None] * 4 + [Dropped.BEFORE_KEYFRAME] * 5 + [None] * 5),
        (lambda jobs: jobs[:4] + jobs[12:], [None] * 4 + [Dropped.BEFORE_KEYFRAME] * 3),
        (lambda jobs: jobs[:7] + jobs[10:], [None] * 12),
    ],
    ids=["one packet lost", "a keyframe lost", "lost up to a keyframe"],
)
def test_after_a_gap_it_waits_for_a_keyframe(change: Change, wanted: list[Dropped | None]) -> None:
    assert reasons(fed(decoder(), change(packets(count=15)))) == wanted


def test_after_a_packet_that_is_none_it_waits_for_a_keyframe() -> None:
    jobs = packets("mpeg4", 3)
    garbage = replace(jobs[1], frame=replace(jobs[1].frame, codec="h264", payload=b"\xff" * 64))
    later = [replace(job, frame=replace(job.frame, keyframe=False)) for job in packets(count=4)[2:]]
    answers = fed(decoder(), [garbage, *later])
    assert reasons(answers)[0] is Dropped.CORRUPT
    assert reasons(answers)[1:] == [Dropped.BEFORE_KEYFRAME] * 2


def test_another_epoch_begins_anew() -> None:
    camera = decoder()
    assert reasons(fed(camera, packets(count=4))) == [None] * 4
    assert reasons(fed(camera, packets(count=13, epoch=8)[5:])) == [Dropped.BEFORE_KEYFRAME] * 5 + [None] * 3


def test_b_frames_come_in_the_order_of_presentation_with_rising_times() -> None:
    camera = decoder()
    jobs = packets(count=20, b_frames=2)
    assert [job.stamp.pts_seconds for job in jobs] != sorted(job.stamp.pts_seconds for job in jobs)
    answers = fed(camera, jobs)
    pictures = [answer for answer in answers if answer.image is not None]
    assert [shown(answer) for answer in pictures] == list(range(len(pictures)))
    assert len(pictures) >= 15
    times = [answer.job.stamp.captured_at_ns for answer in pictures]
    assert times == sorted(set(times))
    held = camera.forget()
    assert sorted([answer.job.offset for answer in answers] + [job.offset for job in held]) == list(range(20))


def test_what_a_decoder_holds_comes_out_when_another_epoch_begins() -> None:
    camera = decoder()
    answers = fed(camera, packets(count=20, b_frames=2))
    rest = camera.feed(packets(count=1, epoch=8)[0])
    assert [answer.image is not None for answer in rest] == [True] * len(rest)
    assert len(answers) + len(rest) == 21


def test_packets_that_never_show_are_given_up() -> None:
    camera = decoder()
    jobs = packets(count=1)
    empty = [
        replace(jobs[0], frame=replace(jobs[0].frame, payload=b"\x00\x00\x00\x01\x09\xf0"), offset=number)
        for number in range(MOST_HELD + 5)
    ]
    answers = fed(camera, empty)
    assert set(reasons(answers)) <= {Dropped.CORRUPT}
    assert len(answers) + len(camera.forget()) == MOST_HELD + 5
