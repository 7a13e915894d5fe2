import pytest

from posestream.schemas import Severity
from sinks.palette import NOBODY, PERSON_COLOURS, SEVERITY_COLOURS, Rgb, darker, lighter, person_colour


@pytest.mark.parametrize(
    ("track_id", "colour"),
    [
        (None, NOBODY),
        (0, PERSON_COLOURS[0]),
        (11, PERSON_COLOURS[11]),
        (12, PERSON_COLOURS[0]),
        (10**12, PERSON_COLOURS[4]),
    ],
)
def test_an_id_has_its_colour(track_id: int | None, colour: Rgb) -> None:
    assert person_colour(track_id) == colour


def test_every_severity_has_a_colour_of_its_own() -> None:
    assert set(SEVERITY_COLOURS) == set(Severity)
    assert len(set(SEVERITY_COLOURS.values())) == len(Severity)


@pytest.mark.parametrize(
    ("share", "light", "dark"),
    [
        (0.0, (10, 100, 200), (10, 100, 200)),
        (0.5, (132, 178, 228), (5, 50, 100)),
        (1.0, (255, 255, 255), (0, 0, 0)),
    ],
)
def test_mixing_with_white_and_black(share: float, light: Rgb, dark: Rgb) -> None:
    assert lighter((10, 100, 200), share) == light
    assert darker((10, 100, 200), share) == dark
