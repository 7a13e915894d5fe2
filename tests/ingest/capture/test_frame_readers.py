"""The account of every kind of source that is decoded: packets = sampled + damaged + passed over, exactly."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet

from ingest.capture.board import Phase
from ingest.capture.fates import PassReason
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.capture.reader import carry_out
from ingest.capture.worker import CaptureWorker
from posestream.clock import SystemClock

Order = Callable[..., CaptureOrder]
ReadOut = Callable[[CaptureOrder, int], CaptureWorker]
MakeClip = Callable[..., Path]


def fates(worker: CaptureWorker) -> dict[str, int]:
    """What became of the packets, without what became of none."""
    board = worker.memory.board
    known = {"sampled": int(board["sampled"]), "corrupt": int(board["corrupt"])}
    known |= {reason.value: count for reason, count in board.passed.items()}
    return {name: count for name, count in known.items() if count}


def copy_of(packet: Packet, stream: Any, content: bytes) -> Packet:  # noqa: ANN401  # any kind of stream
    """A packet for another stream with other content."""
    copy = Packet(content)
    copy.stream, copy.pts, copy.dts, copy.time_base = stream, packet.pts, packet.dts, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy


def cut_from(clip: Path, first: int, path: Path, spoilt: tuple[int, ...] = ()) -> Path:
    """Write the packets of a clip from this one on; the content of some is rubbish."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if number >= first and packet.size:
                target.mux(copy_of(packet, stream, b"\xff" * 99 if number in spoilt else bytes(packet)))
    return path


def test_all_frames_of_a_clip_are_handed_on_round_after_round(
    make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    worker = read_out(order(make_clip(frames=20, rate=200)), 50)
    assert worker.fault is None
    found = fates(worker)
    assert set(found) <= {"sampled", "no_picture"}
    assert found["sampled"] >= 40  # two whole rounds; the third one is broken off
    assert worker.memory.board["decoded"] == found["sampled"]
    assert found.get("no_picture", 0) <= 20


def test_frames_that_are_not_sampled_are_counted_as_that(make_clip: MakeClip, order: Order, read_out: ReadOut) -> None:
    worker = read_out(order(make_clip(frames=50, rate=100), fps=10), 100)
    found = fates(worker)
    assert found["sampled"] >= 10
    assert found["not_sampled"] >= 8 * found["sampled"]
    assert worker.memory.board["decoded"] == found["sampled"] + found["not_sampled"]


def test_a_clip_that_starts_without_a_keyframe_is_taken_from_the_first_one_on(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    cut = cut_from(make_clip(frames=30, rate=200), 4, tmp_path / "cut.mkv")  # the next keyframe is packet 10
    worker = read_out(order(cut), 26 * 3)
    found = fates(worker)
    assert found["sampled"] >= 40
    assert sum(count for name, count in found.items() if name != "sampled") >= 2 * 6


def test_a_packet_that_the_decoder_refuses_is_counted_as_that(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    path = cut_from(make_clip(frames=20, rate=200), 0, tmp_path / "spoilt.mkv", spoilt=(5,))
    found = fates(read_out(order(path), 45))
    assert found["undecodable"] >= 2
    assert found["sampled"] + found.get("corrupt", 0) >= 30


@pytest.mark.parametrize("source", ["folder", "clip"])
def test_the_account_of_a_round_is_right_before_it_is_closed(
    bench: Callable[..., Any], make_clip: MakeClip, order: Order, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    if source == "folder":
        path = make_clip("pictures/a.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"}).parent
        (path / "b.jpg").write_bytes(b"nothing")
    else:
        path = make_clip(frames=10, rate=200)
    made, closed = bench(slot_bytes=80 * 80 * 3), list[tuple[int, int]]()

    def close(outlet: Outlet) -> None:
        closed.append((int(outlet.board["packets"]), outlet.board.accounted))
        outlet.board["wanted"] = 0

    monkeypatch.setattr(Outlet, "close_round", close)
    assert (
        carry_out(order(path, fps=None if source == "clip" else 50), made.memory, SystemClock(), lambda: None) is None
    )
    assert closed[0] == ((2, 2) if source == "folder" else (10, 10))


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_clip_loses_packets_but_not_its_account(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut, seed: int
) -> None:
    content = bytearray(make_clip("whole.mkv", frames=40, rate=200).read_bytes())
    dice = random.Random(seed)  # noqa: S311  # damage
    for _ in range(40):
        content[dice.randrange(1500, len(content))] ^= dice.randrange(1, 256)
    path = tmp_path / "damaged.mkv"
    path.write_bytes(content)
    worker = read_out(order(path), 90)
    found = fates(worker)
    assert sum(found.values()) == worker.memory.board["packets"]
    assert set(found) - {"sampled", "no_picture"} or worker.fault is not None


@pytest.mark.parametrize("name", ["cut.mkv", "cut.ts"])
def test_a_clip_that_breaks_off_is_played_to_its_end_and_again(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut, name: str
) -> None:
    content = make_clip(f"whole-{name}", frames=40, rate=200).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: len(content) * 2 // 3])
    worker = read_out(order(path), 60)
    assert worker.fault is None
    assert fates(worker)["sampled"] >= 30


def test_a_folder_with_a_picture_that_cannot_be_read(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    for name in ("a", "c"):
        make_clip(f"pictures/{name}.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    (tmp_path / "pictures" / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    worker = read_out(order(tmp_path / "pictures", fps=50), 7)
    found = fates(worker)
    assert set(found) <= {"sampled", "undecodable", "no_picture"}
    assert found["undecodable"] >= 2
    assert found["sampled"] >= 4
    assert abs(found["sampled"] - 2 * found["undecodable"]) <= 2


def test_a_single_picture_is_shown_again_and_again(make_clip: MakeClip, order: Order, read_out: ReadOut) -> None:
    path = make_clip("a.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    found = fates(read_out(order(path, fps=50), 4))
    assert found["sampled"] >= 3


def test_a_test_pattern_has_one_packet_a_frame(order: Order, read_out: ReadOut) -> None:
    worker = read_out(order("test:pattern?fps=100"), 12)
    found = fates(worker)
    assert list(found) == ["sampled"]
    assert worker.memory.board["decoded"] == found["sampled"] >= 12
    assert worker.memory.board["source_fps"] == 100


@pytest.mark.rtsp
def test_a_camera_that_is_not_wanted_any_more_has_a_closed_account(
    rtsp_server: Callable[..., Any], make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    server = rtsp_server(make_clip(frames=50))
    worker = read_out(order(server.url()), 40)
    assert worker.fault is None
    found = fates(worker)
    assert found["sampled"] >= 30
    assert set(found) <= {"sampled", "no_picture", "before_keyframe"}
    assert worker.memory.board["phase"] == Phase.FLOWING


def test_what_cannot_be_opened_has_no_packets(tmp_path: Path, order: Order, read_out: ReadOut) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("hello")
    worker = read_out(order(path), 1)
    assert str(worker.fault) == f"{path}: not a video or picture that can be read"
    assert fates(worker) == {}
    assert worker.memory.board.passed[PassReason.NO_PICTURE] == 0
