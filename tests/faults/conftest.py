"""Footage and sites for the scenarios; every process that is started here is ended here."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lab.footage import four_clips
from lab.site import Site, site


@pytest.fixture(scope="session")
def footage(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The four clips of lab.footage, as 640x360 H.264 of 10 frames a second."""
    return four_clips(testdata, tmp_path_factory.mktemp("footage"))


@pytest.fixture
def make_site(kafka_jars: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """``make_site(clips=…, kafka=…)``: a lab.site Site with a broker of its own."""
    with ExitStack() as stack:

        def make(**options: Any) -> Site:  # noqa: ANN401  # as site takes them
            return stack.enter_context(site(tmp_path / "site", jars=kafka_jars, **options))

        yield make
