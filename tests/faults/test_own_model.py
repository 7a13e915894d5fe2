"""Networks of the user's own over Kafka: added to the cache, named in the config, and their poses go to the tracks."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lab.footage import encoded
from lab.installation import POSESTREAM
from lab.records import read_all
from lab.site import Site
from posestream.messaging.events import read_tracks

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
FRAMES = 30


def place(index: int) -> tuple[float, float]:
    """Where the light is in a frame of 640 x 360 px."""
    return 200.0 + 8 * index, 150.0 + 2 * index


@pytest.fixture
def light(tmp_path: Path) -> Path:
    """A clip of a soft white dot that moves through the dark."""
    rows, columns = np.mgrid[:360, :640] + 0.5

    def pictures() -> Iterator[VideoFrame]:
        for index in range(FRAMES):
            x, y = place(index)
            grey = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 12.0**2)) * 255
            yield VideoFrame.from_ndarray(np.round(grey).astype(np.uint8)[..., None].repeat(3, axis=2), format="rgb24")

    return encoded(pictures(), tmp_path / "light.mp4", 10)


@pytest.fixture(scope="module")
def environment(own_networks: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a cache holds networks with the output shapes of RTMPose, HRNet and YOLO-pose, each added by command."""
    folder = tmp_path_factory.mktemp("own")
    variables = os.environ | {"POSESTREAM_CACHE": str(folder / "cache")}
    everywhere = own_networks.multi((0.0, 0.0, 1.0, 1.0))
    crops = own_networks.CARD | {"boxes": "finder"}
    made = {
        "finder": (everywhere, own_networks.MULTI),
        "simcc": (own_networks.simcc(), crops | {"name": "simcc"}),
        "heatmap": (own_networks.heatmap(), crops | {"name": "heatmap", "decoder": "heatmap_quarter"}),
        "yolo": (own_networks.yolo((80.0, 110.0, 240.0, 210.0)), own_networks.YOLO),
    }
    for name, (network, card) in made.items():
        file, text = own_networks.save(network, folder / f"{name}.onnx"), own_networks.write_card(folder, card)
        command = [str(POSESTREAM), "models", "add", str(file), "--card", str(text)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return variables


@pytest.mark.parametrize(
    ("preset", "wanted", "most_px"),
    [
        # A crop of the whole picture: 640 px lie in 192 px of the input, so half a bin of the answer is a px or two.
        ("simcc", place, 3.0),
        ("heatmap", place, 12.0),
        ("yolo", lambda _index: (320.0, 180.0), 0.5),
    ],
)
def test_an_added_network_runs_in_the_services_and_in_analyze_alike(
    make_site: Callable[..., Site],
    light: Path,
    environment: dict[str, str],
    tmp_path: Path,
    preset: str,
    wanted: Callable[[int], tuple[float, float]],
    most_px: float,
) -> None:
    site = make_site(files=[light], kafka="max_frame_age: 0s, jpeg_quality: 100", influx=False)
    site.services.environment.update(environment)
    site.services.start("infer", "w1", "--preset", preset)
    site.services.start("track")
    sent = site.services.start("ingest", "w1", "--once")
    assert sent.process.wait(120) == 0, sent.log.read_text()
    site.wait_still(("poses", "tracks"), 5.0)
    over_kafka = {
        event.poses.stamp.frame_index: event.poses.keypoints
        for _, event in read_all(site.records("tracks"), read_tracks)
        if event.poses.inferred
    }

    words = ["analyze", str(light), "--out", str(tmp_path / "out"), "--preset", preset]
    subprocess.run([str(POSESTREAM), *words], env=environment, check=True, capture_output=True)
    lines = [json.loads(line) for line in (tmp_path / "out" / "poses.jsonl").read_text().splitlines()]
    embedded = {
        line["frame_index"]: np.array([person["keypoints"] for person in line["persons"]])[..., :2] for line in lines
    }

    assert sorted(over_kafka) == sorted(embedded) == list(range(FRAMES))
    for index in range(FRAMES):
        for found in (over_kafka[index], embedded[index]):
            assert found.shape == (1, 17, 2)
            assert np.abs(found - wanted(index)).max() < most_px
