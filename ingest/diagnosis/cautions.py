"""What to know of a stream that works: what will be slow, dear or late, and what to do about it."""

import re

from ingest.diagnosis.facts import StreamFacts
from ingest.source import Source

_WANTED_WIDTH = 640
_FAR_ABOVE = 2.0
_LONG_GOP_SECONDS = 4.0
_MUCH_SKEW_SECONDS = 2.0
_MUCH_JITTER_SECONDS = 0.5
# How common makers name their main stream, and how the small one beside it.
_SUB_STREAMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(/Streaming/Channels/\d*)01(?!\d)", re.IGNORECASE), r"\g<1>02"),
    (re.compile(r"(\bsubtype=)0\b", re.IGNORECASE), r"\g<1>1"),
    (re.compile(r"(/stream)1\b", re.IGNORECASE), r"\g<1>2"),
    (re.compile(r"(Preview_\d+_)main\b", re.IGNORECASE), r"\g<1>sub"),
    (re.compile(r"(/videoMain)\b", re.IGNORECASE), "/videoSub"),
    (re.compile(r"(/live/ch\d+_)0\b", re.IGNORECASE), r"\g<1>1"),
    (re.compile(r"(/media/video)1\b", re.IGNORECASE), r"\g<1>2"),
)


def sub_stream(text: str) -> str | None:
    """Give the address of the sub-stream, where the path is one of a maker that we know; else None."""
    for pattern, small in _SUB_STREAMS:
        changed = pattern.sub(small, text, count=1)
        if changed != text:
            return changed
    return None


def cautions(facts: StreamFacts, source: Source) -> list[str]:
    """Give the warnings about a stream, the weightiest first."""
    found = [*_times(facts), *_interval(facts), *_cost(facts, source), *_kind(facts)] if facts.live else []
    if facts.damaged:
        found.append(f"{facts.damaged} of the first pictures are damaged: check cable, Wi-Fi and the camera's bit rate")
    return [text for text in found if text]


def _interval(facts: StreamFacts) -> list[str]:
    figures = facts.figures
    seconds = figures.gop_seconds if figures else None
    if figures is None or seconds is None or seconds <= _LONG_GOP_SECONDS:
        return []
    words = f"over {seconds:.1f}" if figures.gop_is_open else f"{seconds:.1f}"
    text = f"a keyframe comes only every {words} s: after each connect there may be no picture for so long; "
    return [text + "set the camera's keyframe (I-frame) interval to 1 or 2 s"]


def _cost(facts: StreamFacts, source: Source) -> list[str]:
    texts = []
    if facts.width > _FAR_ABOVE * _WANTED_WIDTH:
        small = sub_stream(source.label)
        hint = f", here probably {small}" if small else " of the camera (640 to 1280 px wide)"
        texts.append(
            f"{facts.width}x{facts.height} is far more than the {_WANTED_WIDTH} px that are looked at, and decoding "
            f"costs by the pixel: use the sub-stream{hint}"
        )
    if facts.codec == "hevc":
        texts.append("H.265 costs more to decode than H.264: set the stream to H.264 where CPU is scarce")
    return texts


def _kind(facts: StreamFacts) -> list[str]:
    return [
        "it has B-frames, which add delay: switch them off, or set the profile to Baseline" if facts.two_way else "",
        "it is interlaced, so edges that move look like combs: choose progressive" if facts.interlaced else "",
    ]


def _times(facts: StreamFacts) -> list[str]:
    figures = facts.figures
    skew, jitter = facts.skew_seconds, figures.jitter_seconds if figures else None
    return [
        f"the camera's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} ours: let both follow NTP"
        if skew is not None and abs(skew) > _MUCH_SKEW_SECONDS
        else "",
        "the stream does not say its frames a second: what is measured counts"
        if facts.fps_stated is None and not facts.timeless and figures and figures.fps_measured
        else "",
        f"frames come by up to {jitter:.1f} s too early or late: check the network (Wi-Fi?) and the camera's load"
        if jitter is not None and jitter > _MUCH_JITTER_SECONDS
        else "",
    ]
