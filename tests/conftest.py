"""Fixtures that all tests may use."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from inference.models import built_in_cards
from inference.models.cache import ModelCache, default_cache
from inference.models.pull import missing_cards

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip loudly, or fail in CI where everything must be there."""
    if IN_CI:
        pytest.fail(f"{what} (CI=true: nothing may be missing)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder with real test media and their ground truth."""
    place = os.environ.get("POSESTREAM_TESTDATA")
    if not place or not Path(place).is_dir():
        missing("POSESTREAM_TESTDATA does not name the folder of the test data")
    return Path(str(place)).resolve()


@pytest.fixture(scope="session")
def pulled_models() -> None:
    """For tests marked ``weights``: the built-in networks lie in the cache."""
    cards = missing_cards(built_in_cards(), ModelCache(default_cache()))
    if cards:
        missing(f"{', '.join(card.name for card in cards)} not pulled: run 'posestream models pull'")


@pytest.fixture
def rtsp_server(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Factory ``rtsp_server(clip, login=None)``: a running tests/servers/rtsp.py RtspServer for an H.264 clip."""
    spec = importlib.util.spec_from_file_location("servers_rtsp", Path(__file__).parent / "servers" / "rtsp.py")
    assert spec is not None
    assert spec.loader is not None
    rtsp = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rtsp)
    python = rtsp.python_with_gstreamer()
    if python is None:
        missing("no python3 with GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi) was found")
    with ExitStack() as stack:

        def start(clip: Path, login: tuple[str, str] | None = None) -> Any:  # noqa: ANN401  # loaded by path: no static type
            server = rtsp.RtspServer(python, clip, tmp_path, login)
            stack.callback(server.stop)
            server.start()
            return server

        yield start


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium as a Playwright Browser; it has no network use of its own.

    One browser a test: Playwright's loop would stand in the way of other tests' asyncio.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("no Chromium was found (Debian package chromium)")
    quiet = ("quic", "background-networking", "component-update", "sync")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{it}" for it in quiet)]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()
