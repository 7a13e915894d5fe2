"""One line of text for a message: when, whose, where, what."""

from collections.abc import Callable, Mapping
from typing import Any

from posestream.messaging.readable import Content
from posestream.messaging.topics import ALERTS, CONTROL, DEAD_LETTERS, FRAMES, HEALTH, POSES, TRACKS

MOST_SHOWN = 6


def message_line(stream: str | None, at: str, key: str | None, place: str, content: Content) -> str:
    """Give the line of a message: ``at`` its time, ``place`` its partition and offset, ``content`` from readable."""
    return f"{at}  {key or '-'}  {place}  {_words(stream, content)}"


def _words(stream: str | None, content: Content) -> str:
    if "deleted" in content:
        return "deleted"
    if "unreadable" in content:
        return f"unreadable: {content['unreadable']} ({_raw(content)})"
    return _WORDS[stream](content) if stream is not None else _raw(content)


def _raw(content: Content) -> str:
    return f"{content['bytes']} bytes: {content['begins']}"


def _frame(content: Content) -> str:
    keyframe = " keyframe" if content["keyframe"] and content["codec"] != "jpeg" else ""
    return f"{_stamp(content)}  {content['codec']}{keyframe}, {content['bytes']} bytes"


def _poses(content: Content) -> str:
    if not content["inferred"]:
        return f"{_stamp(content)}  not looked at"
    return f"{_stamp(content)}  {_listed('persons', content['persons'], _person)}"


def _tracks(content: Content) -> str:
    looked = "" if content["inferred"] else "  not looked at"
    return f"{_stamp(content)}{looked}  {_listed('tracks', content['tracks'], _track)}"


def _alert(content: Content) -> str:
    place = content["zone"] or content["line"]
    words = [content["state"], content["severity"], f"rule {content['rule']}", f"at {place}" if place else ""]
    track = "" if content["track_id"] is None else f"track {content['track_id']}"
    muted = "muted" if content["muted"] else ""
    since = f"since {content['started_at']}"
    return " ".join(word for word in [*words, track, since, muted, f"({content['id']})"] if word)


def _health(content: Content) -> str:
    reason = f": {content['reason']}" if content["reason"] else ""
    if "service" in content:
        return f"{content['state']}{reason}  beat {content['beat']}, {len(content['cameras'])} cameras"
    dropped = ", ".join(f"{why} {count}" for why, count in sorted(content["frames_dropped"].items()) if count)
    return (
        f"{content['state']}{reason}  epoch {content['epoch']}, {content['fps']:.1f} fps, "
        f"{content['frames_delivered']} delivered of {content['frames_produced']}, dropped {dropped or 'none'}"
    )


def _control(content: Content) -> str:
    what = {name: value for name, value in content.items() if name not in {"kind", "by", "at_ns"} and value is not None}
    return f"{content['kind']} by {content['by'] or 'nobody'}  {_pairs(what)}"


def _dead_letter(content: Content) -> str:
    where = f"{content['source_topic']} {content['source_partition']}:{content['source_offset']}"
    return f"{content['service']} could not read {where}: {content['reason']} ({_raw(content)})"


def _stamp(content: Content) -> str:
    size = f"{content['width']}x{content['height']}"
    return f"{content['epoch']}/{content['frame_index']} {content['pts_seconds']:.3f}s {size}"


def _person(person: Mapping[str, Any]) -> str:
    return f"{person['score']:.2f} {_box(person)}"


def _track(track: Mapping[str, Any]) -> str:
    return f"{track['track_id']} {track['state']} {_box(track)}"


def _box(thing: Mapping[str, Any]) -> str:
    return f"[{' '.join(f'{edge:.0f}' for edge in thing['box'])}]"


def _listed(name: str, things: list[Mapping[str, Any]], words: Callable[[Mapping[str, Any]], str]) -> str:
    shown = ", ".join(words(thing) for thing in things[:MOST_SHOWN])
    more = ", …" if len(things) > MOST_SHOWN else ""
    return f"{len(things)} {name}{': ' if things else ''}{shown}{more}"


def _pairs(content: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in content.items())


_WORDS: Mapping[str, Callable[[Content], str]] = {
    FRAMES: _frame,
    POSES: _poses,
    TRACKS: _tracks,
    ALERTS: _alert,
    HEALTH: _health,
    CONTROL: _control,
    DEAD_LETTERS: _dead_letter,
}
