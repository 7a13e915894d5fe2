import pytest

from ingest.diagnosis.steps import LayerFailed, TimeLimit, plain
from posestream.clock import SettableClock


def test_what_a_camera_says_gives_a_terminal_no_orders() -> None:
    assert plain("Cam\x1b[2J\x07\u202eevil\n") == "Cam?[2J??evil?"
    assert plain("a" * 60) == "a" * 60
    assert plain("a" * 1000) == "a" * 59 + "\u2026"
    assert plain("") == ""


def test_a_layer_gets_what_time_is_left() -> None:
    clock = SettableClock()
    limit = TimeLimit(10.0, clock)
    assert limit.left(4.0) == 4.0
    clock.advance(7.0)
    assert limit.left(4.0) == pytest.approx(3.0)
    clock.advance(3.0)
    with pytest.raises(LayerFailed, match="time for the diagnosis is over"):
        limit.left(4.0)
