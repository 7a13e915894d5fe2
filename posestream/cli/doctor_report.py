"""What ``doctor`` says of a source: lines for people, an object for machines."""

import dataclasses
from typing import Any

from ingest.diagnosis.diagnose import Diagnosis
from ingest.diagnosis.facts import StreamFacts
from ingest.diagnosis.figures import StreamFigures


def facts_lines(facts: StreamFacts) -> list[tuple[str, str]]:
    """Give (name, text) of each line about a stream."""
    figures = facts.figures
    lines = [("picture", _picture(facts)), ("rate", _rate(facts))]
    if figures is not None and figures.gop_frames:
        lines.append(("keyframes", _keyframes(figures)))
    lines.append(("audio", f"{', '.join(facts.audio)} (not used)" if facts.audio else "none"))
    if facts.live and figures is not None:
        start = f"open after {facts.open_seconds:.1f} s, picture after {facts.first_picture_seconds:.1f} s"
        lines += [("clock", _clock(facts)), ("start", start)]
    return lines


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Give all of a diagnosis for machines; names and units are those of the fields."""
    return {
        "layers": [dataclasses.asdict(step) for step in diagnosis.steps],
        "facts": None if diagnosis.facts is None else dataclasses.asdict(diagnosis.facts),
        "warnings": list(diagnosis.warnings),
        "config": diagnosis.config,
    }


def _picture(facts: StreamFacts) -> str:
    words = [
        f"{facts.codec} ({facts.profile})" if facts.profile else facts.codec,
        f"{facts.width}x{facts.height}",
        facts.pixel_format,
        {True: "full range", False: "limited range", None: "range not told"}[facts.full_range],
        "interlaced" if facts.interlaced else "progressive",
        "B-frames" if facts.two_way else "no B-frames",
    ]
    return ", ".join(words)


def _rate(facts: StreamFacts) -> str:
    figures = facts.figures
    words = [f"{facts.fps_stated:g} fps stated" if facts.fps_stated else "no fps stated"]
    if figures is not None and figures.fps_measured:
        words.append(f"{figures.fps_measured:.1f} measured")
    if figures is not None and figures.bit_rate:
        words.append(f"{figures.bit_rate / 1e6:.2f} Mbit/s")
    if figures is not None and figures.watched_seconds >= 1:
        words.append(f"over {figures.watched_seconds:.0f} s")
    return ", ".join(words)


def _keyframes(figures: StreamFigures) -> str:
    more = "more than " if figures.gop_is_open else ""
    seconds = f" ({more}{figures.gop_seconds:.1f} s)" if figures.gop_seconds is not None else ""
    return f"every {more}{figures.gop_frames} frames{seconds}"


def _clock(facts: StreamFacts) -> str:
    words = ["the camera tells no time (no RTCP sender report yet)"]
    if facts.skew_seconds is not None:
        side = "ahead of" if facts.skew_seconds > 0 else "behind"
        words = [f"the camera tells the time (RTCP), {abs(facts.skew_seconds):.2f} s {side} ours"]
    if facts.figures is not None and facts.figures.jitter_seconds is not None:
        words.append(f"jitter of arrival {facts.figures.jitter_seconds * 1000:.0f} ms")
    return "; ".join(words)
