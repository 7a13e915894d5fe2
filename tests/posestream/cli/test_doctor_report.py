import json
from dataclasses import replace

from ingest.diagnosis.diagnose import Diagnosis
from ingest.diagnosis.facts import StreamFacts
from ingest.diagnosis.figures import StreamFigures
from ingest.diagnosis.steps import Layer, State, Step
from posestream.cli.doctor_report import as_json, facts_lines

FIGURES = StreamFigures(
    watched_seconds=6.2,
    frames=150,
    fps_measured=24.9,
    gop_frames=50,
    gop_seconds=2.0,
    gop_is_open=False,
    bit_rate=3_500_000.0,
    jitter_seconds=0.012,
    jumps=0,
    without_time=0,
)
FACTS = StreamFacts(
    live=True,
    codec="h264",
    profile="High",
    width=1920,
    height=1080,
    pixel_format="yuv420p",
    full_range=False,
    interlaced=False,
    two_way=True,
    fps_stated=25.0,
    audio=("PCMA",),
    skew_seconds=-0.31,
    open_seconds=0.4,
    first_picture_seconds=1.1,
    decoded=25,
    damaged=0,
    timeless=False,
    figures=FIGURES,
)


def test_the_lines_about_a_camera() -> None:
    assert dict(facts_lines(FACTS)) == {
        "picture": "h264 (High), 1920x1080, yuv420p, limited range, progressive, B-frames",
        "rate": "25 fps stated, 24.9 measured, 3.50 Mbit/s, over 6 s",
        "keyframes": "every 50 frames (2.0 s)",
        "audio": "PCMA (not used)",
        "clock": "the camera tells the time (RTCP), 0.31 s behind ours; jitter of arrival 12 ms",
        "start": "open after 0.4 s, picture after 1.1 s",
    }


def test_what_is_not_known_is_said_so() -> None:
    figures = replace(FIGURES, gop_is_open=True, jitter_seconds=None)
    facts = replace(FACTS, fps_stated=None, skew_seconds=None, full_range=None, audio=(), figures=figures)
    lines = dict(facts_lines(facts))
    assert lines["rate"].startswith("no fps stated, 24.9 measured")
    assert lines["keyframes"] == "every more than 50 frames (more than 2.0 s)"
    assert lines["clock"] == "the camera tells no time (no RTCP sender report yet)"
    assert (lines["audio"], "range not told" in lines["picture"]) == ("none", True)


def test_a_file_has_no_clock() -> None:
    assert list(dict(facts_lines(replace(FACTS, live=False)))) == ["picture", "rate", "keyframes", "audio"]


def test_for_machines() -> None:
    step = Step(Layer.TCP, State.FAILS, "refused", "check the port", 0.1)
    told = json.loads(json.dumps(as_json(Diagnosis((step,), FACTS, ("slow",), "cameras:\n"))))
    assert told["layers"] == [
        {"layer": "tcp", "state": "fails", "text": "refused", "remedy": "check the port", "seconds": 0.1}
    ]
    assert told["facts"]["figures"]["gop_seconds"] == 2.0
    assert (told["warnings"], told["config"]) == (["slow"], "cameras:\n")
