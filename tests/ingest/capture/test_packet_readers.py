"""The account of every kind of source that is not decoded: packets = handed on + damaged + passed over, exactly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from ingest.capture.order import CaptureOrder
from ingest.capture.ring import Taken
from ingest.capture.worker import CaptureWorker

Order = Callable[..., CaptureOrder]
ReadOut = Callable[[CaptureOrder, int], CaptureWorker]
MakeClip = Callable[..., Path]


def units(worker: CaptureWorker) -> list[Taken]:
    """All that is still in the ring."""
    found: list[Taken] = []
    while (taken := worker.memory.ring.next(found[-1].number if found else 0)) is not None:
        found.append(taken)
    return found


def test_every_packet_of_a_clip_is_handed_on_and_can_be_decoded(
    make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    worker = read_out(order(make_clip(frames=20, rate=200), packets=True), 45)
    assert worker.fault is None
    board = worker.memory.board
    assert board["sampled"] >= 40
    assert board["packets"] - board["sampled"] == sum(board.passed.values()) <= 1  # the one that was being waited for
    found = units(worker)
    assert [taken.captured.index for taken in found[:40]] == [*range(20), *range(20)]
    assert [taken.captured.round for taken in found[:40]] == [1] * 20 + [2] * 20
    assert {(taken.captured.width, taken.captured.height, taken.captured.layout) for taken in found} == {
        (160, 120, "h264")
    }
    decoder = av.CodecContext.create("h264", "r")
    seen = 0
    for taken in found[:20]:
        seen += len(decoder.decode(av.Packet(taken.payload.tobytes())))  # type: ignore[attr-defined]
    assert seen + len(decoder.decode(None)) == 20  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["cut.mkv", "cut.ts"])
def test_a_clip_that_breaks_off_is_played_to_its_end_and_again(
    tmp_path: Path, make_clip: MakeClip, order: Order, read_out: ReadOut, name: str
) -> None:
    content = make_clip(f"whole-{name}", frames=40, rate=200).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: len(content) * 2 // 3])
    worker = read_out(order(path, packets=True), 60)
    assert worker.fault is None
    assert worker.memory.board["sampled"] >= 40


@pytest.mark.parametrize(
    ("source", "reason"), [("test:bars", "a test pattern has no packets"), ("clip.mkv", "not ffv1")]
)
def test_what_has_no_packets_to_carry_is_a_fault(
    make_clip: MakeClip, order: Order, read_out: ReadOut, source: str, reason: str
) -> None:
    place = source if source.startswith("test:") else make_clip(source, frames=5, codec="ffv1")
    worker = read_out(order(place, packets=True), 1)
    assert worker.fault is not None
    assert reason in str(worker.fault)
    assert "use kafka.transport: jpeg" in str(worker.fault)
    assert worker.memory.board["packets"] == 0


@pytest.mark.rtsp
def test_every_packet_of_a_real_camera_is_handed_on(
    rtsp_server: Callable[..., Any], make_clip: MakeClip, order: Order, read_out: ReadOut
) -> None:
    worker = read_out(order(rtsp_server(make_clip(frames=50)).url(), packets=True), 40)
    assert worker.fault is None
    board = worker.memory.board
    assert board["sampled"] + board.passed["before_keyframe"] == board["packets"] >= 40  # type: ignore[index]
    assert units(worker)[0].captured.keyframe
