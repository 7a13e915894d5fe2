from collections.abc import Callable
from dataclasses import replace

import pytest

from ingest.diagnosis.figures import count_jumps, measure
from ingest.diagnosis.seen import PacketSeen, Seen

Make = Callable[..., Seen]


def test_nothing_seen(make_seen: Make) -> None:
    figures = measure(make_seen(0))
    assert (figures.frames, figures.fps_measured, figures.gop_frames, figures.bit_rate) == (0, None, None, None)


def test_a_steady_stream(make_seen: Make) -> None:
    figures = measure(make_seen())
    assert figures.fps_measured == pytest.approx(25.0)
    assert figures.bit_rate == pytest.approx(25 * 8000)
    assert (figures.gop_frames, figures.gop_is_open) == (50, False)
    assert figures.gop_seconds == pytest.approx(2.0)
    assert figures.jitter_seconds == pytest.approx(0.0)
    assert (figures.jumps, figures.without_time) == (0, 0)


def test_one_keyframe_alone(make_seen: Make) -> None:
    figures = measure(make_seen(200, gop=1000))
    assert (figures.gop_frames, figures.gop_is_open) == (199, True)
    assert figures.gop_seconds == pytest.approx(199 / 25)


def test_the_burst_at_the_beginning_does_not_count(make_seen: Make) -> None:
    seen = make_seen()
    seen.packets[:25] = [replace(packet, arrived=0.0) for packet in seen.packets[:25]]
    assert measure(seen).fps_measured == pytest.approx(25.0)


def test_what_comes_in_bursts_is_measured_by_its_own_times(make_seen: Make) -> None:
    seen = make_seen()
    seen.paced = False
    seen.packets = [replace(packet, arrived=packet.arrived // 4 * 4) for packet in seen.packets]
    figures = measure(seen)
    assert figures.fps_measured == pytest.approx(25.0)
    assert (figures.jitter_seconds, figures.jumps) == (None, 0)


def test_jitter(make_seen: Make) -> None:
    seen = make_seen()
    seen.packets = [replace(it, arrived=it.arrived + 0.1 * (n % 10 == 0)) for n, it in enumerate(seen.packets)]
    assert measure(seen).jitter_seconds == pytest.approx(0.1)


def test_a_file_is_measured_by_its_own_times(make_seen: Make) -> None:
    seen = make_seen(live=False)
    seen.packets = [replace(packet, arrived=0.0) for packet in seen.packets]
    figures = measure(seen)
    assert figures.fps_measured == pytest.approx(25.0)
    assert figures.jitter_seconds is None


@pytest.mark.parametrize(
    ("times", "jumps"),
    [
        ([], 0),
        ([(0.0, 5.0)], 0),
        ([(0.0, 0.0), (0.1, 0.1), (0.2, 100.1), (0.3, 100.2)], 1),
        ([(0.0, 50.0), (0.1, 0.1), (0.2, 0.2)], 1),
        ([(0.0, 0.0), (5.0, 5.0)], 0),  # nothing came meanwhile
        ([(0.0, 0.0), (0.1, None), (0.2, 0.2)], 0),
    ],
)
def test_jumps(times: list[tuple[float, float | None]], jumps: int) -> None:
    assert count_jumps([PacketSeen(arrived, seconds, 1, keyframe=False) for arrived, seconds in times]) == jumps


def test_a_jump_leaves_the_interval_of_keyframes_right(make_seen: Make) -> None:
    seen = make_seen()
    seen.packets[60:] = [replace(it, seconds=(it.seconds or 0) + 100) for it in seen.packets[60:]]
    figures = measure(seen)
    assert (figures.jumps, figures.jitter_seconds) == (1, None)
    assert figures.gop_seconds == pytest.approx(2.0)
