import numpy as np
import pytest

from ingest.dewarp import LARGEST_SIDE, FisheyeView
from posestream.config import DewarpConfig

SIDE = 1000
# A room in metres (east, north, up), the lens at the origin; what is east, north and up of it in the picture.
MOUNTS = {
    "ceiling": lambda e, n, u: (e, -n, -u),  # looks down, north is up in the picture
    "wall": lambda e, n, u: (e, -u, n),  # looks north
    "table": lambda e, n, u: (-e, -n, u),  # looks up
}


def in_fisheye(mount: str, point: tuple[float, float, float], lens_fov: float = 180.0) -> np.ndarray:
    """Where a lens of r = f * theta shows a point of the room: px of a picture of SIDE x SIDE that the circle fills."""
    x, y, z = MOUNTS[mount](*point)
    off_axis = np.arccos(z / np.linalg.norm((x, y, z)))
    radius = SIDE / 2 * off_axis / np.radians(lens_fov / 2)
    around = np.arctan2(y, x)
    return np.array([SIDE / 2 + radius * np.cos(around), SIDE / 2 + radius * np.sin(around)])


def in_pinhole(point: tuple[float, float, float], pan: float, tilt: float, fov: float, aspect: float) -> np.ndarray:
    """Where an ordinary camera that looks ``pan`` east of north and ``tilt`` down shows it, 0..1 of its picture."""
    east, north, up = point
    p, t = np.radians((pan, tilt))
    ahead_level = east * np.sin(p) + north * np.cos(p)
    right = east * np.cos(p) - north * np.sin(p)
    ahead = ahead_level * np.cos(t) - up * np.sin(t)
    down = -up * np.cos(t) - ahead_level * np.sin(t)
    focal = 0.5 / np.tan(np.radians(fov / 2))
    return np.array([0.5 + focal * right / ahead, 0.5 + focal * down / ahead * aspect])


CASES = [
    ("ceiling", {}, (0.4, 2.0, -2.2)),
    ("ceiling", {"pan": 90}, (2.0, 0.3, -2.0)),
    ("ceiling", {"pan": -135, "tilt": 60, "fov": 70, "aspect": 1.0}, (-1.0, -1.3, -2.9)),
    ("ceiling", {"lens_fov": 220, "tilt": 10}, (0.5, 3.0, 0.2)),
    ("wall", {}, (0.7, 2.0, -0.9)),
    ("wall", {"pan": 40, "tilt": 20, "fov": 60}, (2.0, 2.4, -1.5)),
    ("table", {}, (-0.3, 1.0, 0.8)),
    ("table", {"pan": 200, "tilt": -20}, (-0.3, -1.0, 0.5)),
]


@pytest.mark.parametrize(("mount", "keys", "point"), CASES)
def test_a_point_of_the_room_lands_where_a_pinhole_shows_it(
    mount: str, keys: dict[str, float], point: tuple[float, float, float]
) -> None:
    dewarp = DewarpConfig.model_validate({"mount": mount, **keys})
    at = in_pinhole(point, dewarp.pan, dewarp.tilt, dewarp.fov, dewarp.aspect)
    assert ((at > 0) & (at < 1)).all()  # else the case shows nothing
    found = FisheyeView(dewarp, SIDE, SIDE).source_points(at[None, None])[0, 0]
    assert found == pytest.approx(in_fisheye(mount, point, dewarp.lens_fov), abs=1e-6)


@pytest.mark.parametrize("mount", ["ceiling", "table"])
def test_a_panorama_shows_all_around_and_down(mount: str) -> None:
    dewarp = DewarpConfig.model_validate({"mount": mount, "view": "panorama", "pan": 30})
    view = FisheyeView(dewarp, SIDE, SIDE)
    for share_x, share_y in ((0.5, 0.5), (0.1, 0.2), (0.9, 0.95)):
        azimuth = np.radians(30 + (share_x - 0.5) * 360)
        below = np.radians(dewarp.tilt + (share_y - 0.5) * 72)
        point = (np.sin(azimuth) * np.cos(below), np.cos(azimuth) * np.cos(below), -np.sin(below))
        found = view.source_points(np.array([[[share_x, share_y]]]))[0, 0]
        assert found == pytest.approx(in_fisheye(mount, point), abs=1e-6)


def test_roll_turns_the_view_clockwise() -> None:
    plain, rolled = (FisheyeView(DewarpConfig(roll=roll, aspect=1), SIDE, SIDE) for roll in (0, 90))
    above, right = np.array([[[0.5, 0.2]]]), np.array([[[0.8, 0.5]]])
    assert rolled.source_points(right) == pytest.approx(plain.source_points(above))


def test_what_the_lens_does_not_see_is_nowhere() -> None:
    at = np.array([[[0.5, 0.5], [0.5, 0.0]]])
    found = FisheyeView(DewarpConfig(tilt=20), SIDE, SIDE).source_points(at)
    assert np.isfinite(found[0, 0]).all()
    assert np.isnan(found[0, 1]).all()


def test_the_lens_may_look_straight_at_a_point() -> None:
    found = FisheyeView(DewarpConfig(tilt=90), SIDE, SIDE).source_points(np.array([[[0.5, 0.5]]]))
    assert found[0, 0] == pytest.approx([SIDE / 2, SIDE / 2])


def test_centre_and_radius_place_the_circle() -> None:
    wide = FisheyeView(DewarpConfig(tilt=90, centre=(0.25, 0.5), radius=0.1), 800, 400)
    edge = wide.source_points(np.array([[[0.5, 0.5], [1.0, 0.5]]]))[0]
    assert edge[0] == pytest.approx([200, 200])
    assert edge[1] == pytest.approx([200 + 80 * 45 / 90, 200])  # half of 90 degrees in a circle of 90 to its edge


@pytest.mark.parametrize(
    ("keys", "width", "height", "size"),
    [
        ({}, 1920, 1920, (1222, 916)),  # 2 * 960 / (pi / 2) across
        ({}, 1920, 1080, (688, 516)),
        ({"view": "panorama"}, 1920, 1920, (3840, 768)),
        ({}, 1, 1, (2, 2)),
        ({"fov": 150, "aspect": 0.25}, 20000, 20000, (2048, LARGEST_SIDE)),
    ],
)
def test_a_view_has_the_pixels_that_the_lens_gives(
    keys: dict[str, object], width: int, height: int, size: tuple[int, int]
) -> None:
    assert FisheyeView(DewarpConfig.model_validate(keys), width, height).size == size
