import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from posestream.logs import configure_logs, get_log

SECRET = "canary"  # noqa: S105  # what must not be found in any line
URL = f"rtsp://viewer:{SECRET}@cam/live"


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_nothing_said_nothing_written() -> None:
    out = io.StringIO()
    configure_logs(json_lines=True, stream=out)
    assert out.getvalue() == ""


def test_json_lines() -> None:
    out = io.StringIO()
    configure_logs(stream=out)
    get_log("ingest").info("camera opened", camera="lobby", width=640, live=True, zone=None)
    get_log("ingest").warning('odd "quotes"\nand lines', share=0.5)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "stage": "ingest",
        "camera": "lobby",
        "width": 640,
        "live": True,
        "zone": None,
        "event": "camera opened",
        "level": "info",
    }
    assert (second["event"], second["share"]) == ('odd "quotes"\nand lines', 0.5)


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 2)])
def test_details_only_when_asked_for(*, verbose: bool, lines: int) -> None:
    out = io.StringIO()
    configure_logs(verbose=verbose, json_lines=True, stream=out)
    get_log("x").debug("detail")
    get_log("x").info("news")
    assert len(out.getvalue().splitlines()) == lines


@pytest.mark.parametrize("json_lines", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        URL,
        [URL],
        (URL, {"deep": [URL]}),
        {URL: 1},
        {URL},
        OSError(f"cannot open {URL}"),
        Path(URL),
        f"http://cam/?password={SECRET}",
    ],
    ids=["text", "list", "nested", "key", "set", "exception", "path", "query"],
)
def test_no_secret_in_any_value(value: object, *, json_lines: bool) -> None:
    out = io.StringIO()
    configure_logs(json_lines=json_lines, stream=out)
    get_log("ingest").info(f"opening {URL}", value=value)
    assert "opening rtsp://***@cam/live" in out.getvalue()
    assert SECRET not in out.getvalue()


@pytest.mark.parametrize("json_lines", [True, False])
def test_no_secret_in_a_traceback(*, json_lines: bool) -> None:
    out = io.StringIO()
    configure_logs(json_lines=json_lines, stream=out)
    try:
        Path("no folder", URL).read_text()
    except OSError:
        get_log("ingest").exception("failed")
    assert "FileNotFoundError" in out.getvalue()
    assert SECRET not in out.getvalue()
