"""The site of a test: topics on a real broker, a feeder of frames, workers that are ended with the test."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posestream.config import KafkaConfig

sys.path.insert(0, str(Path(__file__).parent))  # there are no packages under tests

from infer_site import FrameFeeder, Site


@pytest.fixture
def site(kafka: KafkaConfig, tmp_path: Path) -> Iterator[Any]:
    """A Site of this test alone."""
    place = Site(kafka, tmp_path, FrameFeeder(kafka))
    yield place
    place.close()
