import pytest

from posestream.config import DewarpConfig, parse_config
from posestream.errors import ConfigError

CAMERA = "cameras: [{{id: a, url: x, {}}}]"


@pytest.mark.parametrize("view", ["perspective", "panorama"])
@pytest.mark.parametrize(("mount", "side"), [("ceiling", 1), ("wall", 0), ("table", -1)])
def test_a_view_that_is_not_described_suits_the_mount(view: str, mount: str, side: int) -> None:
    dewarp = DewarpConfig.model_validate({"view": view, "mount": mount})
    assert (dewarp.tilt > 0) - (dewarp.tilt < 0) == side
    assert dewarp.fov == (90 if view == "perspective" else 180 if mount == "wall" else 360)


def test_nothing_is_a_view_of_a_ceiling_camera() -> None:
    assert DewarpConfig.model_validate({}) == DewarpConfig()
    assert (DewarpConfig().view, DewarpConfig().mount, DewarpConfig().lens_fov) == ("perspective", "ceiling", 180)


def test_what_is_given_holds() -> None:
    given = {"view": "panorama", "tilt": 30, "fov": 200, "aspect": 4, "pan": -45, "centre": [0.4, 0.6], "radius": 0.3}
    dewarp = DewarpConfig.model_validate(given)
    assert dewarp.model_dump(include=set(given)) == given | {"centre": (0.4, 0.6)}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("dewarp: fisheye", "dewarp: wanted keys and values, got 'fisheye'"),
        ("dewarp: {model: barrel}", "dewarp.model: Input should be 'fisheye', got 'barrel'"),
        ("dewarp: {view: panoramas}", "dewarp.view: Input should be 'perspective' or 'panorama', got 'panoramas'"),
        ("dewarp: {mount: 3}", "dewarp.mount: Input should be 'ceiling', 'wall' or 'table', got 3"),
        ("dewarp: {zoom: 2}", "dewarp.zoom: unknown key"),
        ("dewarp: {centre: [0.5, 1.2]}", "dewarp.centre[1]: Input should be less than or equal to 1, got 1.2"),
        ("dewarp: {radius: 0}", "dewarp.radius: Input should be greater than 0, got 0"),
        ("dewarp: {lens_fov: 300}", "dewarp.lens_fov: Input should be less than or equal to 280, got 300"),
        ("dewarp: {tilt: .inf}", "dewarp.tilt: Input should be a finite number, got inf"),
        ("dewarp: {fov: 170}", "dewarp: fov: wanted at most 150 degrees of a perspective view"),
        ("dewarp: {view: panorama, roll: 5}", "dewarp: roll: a panorama is not turned; leave it out"),
        (
            "dewarp: {view: panorama, tilt: 70}",
            "dewarp: tilt: a strip of 72 degrees (fov / aspect) about it goes beyond straight up or down",
        ),
        (
            "dewarp: {tilt: -50}",
            "dewarp: pan, tilt: the view's middle is 140 degrees off the lens's axis, and the lens sees 90",
        ),
        (
            "dewarp: {mount: wall, pan: 100}",
            "dewarp: pan, tilt: the view's middle is 100 degrees off the lens's axis, and the lens sees 90",
        ),
        (
            "dewarp: {mount: table, tilt: 10}",
            "dewarp: pan, tilt: the view's middle is 100 degrees off the lens's axis, and the lens sees 90",
        ),
    ],
)
def test_a_mistake_is_one_line(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(CAMERA.format(keys), "f.yaml", {})
    assert str(caught.value) == f"f.yaml: cameras[0].{message}"
