"""What a source delivers, for people and machines."""

from dataclasses import dataclass

from ingest.diagnosis.figures import StreamFigures, measure
from ingest.diagnosis.seen import Seen
from ingest.pattern_request import PatternRequest


@dataclass(frozen=True)
class StreamFacts:
    """One stream as it was seen; None where it is not known.

    ``width`` and ``height`` in px, upright. ``full_range``: luma of 0 to 255, else 16 to 235. ``skew_seconds``: the
    camera's clock minus ours less the picture's way to us, None as long as it tells no time by RTCP, and where its
    timestamps jump.
    ``open_seconds`` and ``first_picture_seconds`` are from the beginning of the connect. ``damaged``: pictures with
    damage and packets that the decoder refused, of ``decoded`` pictures.
    """

    live: bool
    codec: str
    profile: str | None
    width: int
    height: int
    pixel_format: str
    full_range: bool | None
    interlaced: bool
    two_way: bool
    fps_stated: float | None
    audio: tuple[str, ...]
    skew_seconds: float | None
    open_seconds: float
    first_picture_seconds: float
    decoded: int
    damaged: int
    timeless: bool
    figures: StreamFigures | None


def facts_of(seen: Seen, audio: tuple[str, ...]) -> StreamFacts | None:
    """Give the facts of a watched stream, None where no picture was seen; ``audio``: what else tells of audio."""
    heading, surface = seen.heading, seen.surface
    if heading is None or surface is None or seen.opened is None:
        return None
    figures = measure(seen)
    return StreamFacts(
        live=seen.live,
        codec=heading.codec,
        profile=heading.profile,
        width=surface.width,
        height=surface.height,
        pixel_format=surface.pixel_format,
        full_range=surface.full_range,
        interlaced=any(picture.interlaced for picture in seen.pictures),
        two_way=any(picture.two_way for picture in seen.pictures),
        fps_stated=heading.fps_stated,
        audio=audio or heading.audio,
        skew_seconds=None if figures.jumps else seen.skew_seconds,
        open_seconds=seen.opened - seen.began,
        first_picture_seconds=seen.pictures[0].arrived - seen.began,
        decoded=len(seen.pictures),
        damaged=sum(picture.corrupt for picture in seen.pictures) + seen.refused_packets,
        timeless=heading.timeless,
        figures=figures,
    )


def facts_of_pattern(pattern: PatternRequest) -> StreamFacts:
    """Give the facts of a test pattern, which needs no look."""
    return StreamFacts(
        live=True,
        codec="none",
        profile=None,
        width=pattern.size[0],
        height=pattern.size[1],
        pixel_format="yuv420p",
        full_range=False,
        interlaced=False,
        two_way=False,
        fps_stated=pattern.fps,
        audio=(),
        skew_seconds=None,
        open_seconds=0.0,
        first_picture_seconds=0.0,
        decoded=0,
        damaged=0,
        timeless=False,
        figures=None,
    )
