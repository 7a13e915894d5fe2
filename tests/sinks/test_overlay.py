from collections.abc import Callable

import numpy as np
import pytest

from posestream.config import ZoneConfig
from posestream.schemas import Alert
from sinks.overlay import ALARM, CALM, banner_text, draw_banners, draw_zones
from sinks.palette import SEVERITY_COLOURS

ZONES = (
    ZoneConfig(id="a", polygon=((0.1, 0.1), (0.4, 0.1), (0.4, 0.9), (0.1, 0.9))),
    ZoneConfig(id="b", polygon=((0.6, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9))),
)


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour) <= 2).all(axis=2).any())


@pytest.mark.parametrize(
    ("alarmed", "left", "right"), [(set(), CALM, CALM), ({"b"}, CALM, ALARM), ({"a"}, ALARM, CALM)]
)
def test_zones_with_an_alert_are_red(
    alarmed: set[str], left: tuple[int, int, int], right: tuple[int, int, int]
) -> None:
    canvas = np.zeros((200, 320, 3), np.uint8)
    draw_zones(canvas, ZONES, alarmed)
    halves = canvas[:, :160], canvas[:, 160:]
    assert [has(half, CALM) for half in halves] == [left is CALM, right is CALM]
    assert [has(half, ALARM) for half in halves] == [left is ALARM, right is ALARM]
    assert canvas[100, 80].any()  # tinted inside
    assert not canvas[100, 160].any()  # and nothing outside


def test_without_zones_and_alerts_the_picture_is_left_alone() -> None:
    canvas = np.zeros((200, 320, 3), np.uint8)
    draw_zones(canvas, (), set())
    draw_banners(canvas, ())
    assert not canvas.any()


def test_as_many_banners_as_fit_in_the_upper_half(make_alert: Callable[..., Alert]) -> None:
    canvas = np.zeros((200, 320, 3), np.uint8)
    alert = make_alert()
    draw_banners(canvas, [alert] * 50)
    assert has(canvas[:100], SEVERITY_COLOURS[alert.severity])
    assert not canvas[101:].any()


def test_what_a_banner_says(make_alert: Callable[..., Alert]) -> None:
    assert banner_text(make_alert()) == "intrusion · door · person 1"
    assert banner_text(make_alert(zone=None)) == "intrusion · person 1"
