"""The layers of each kind of source in their order, and the diagnosis that goes through them."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.diagnosis.cautions import cautions
from ingest.diagnosis.facts import StreamFacts, facts_of, facts_of_pattern
from ingest.diagnosis.network import Place, connect, look_up, place_of, secure
from ingest.diagnosis.recommended import config_block
from ingest.diagnosis.rtsp_layers import RtspExamination
from ingest.diagnosis.rtsp_talk import RtspTalk
from ingest.diagnosis.steps import Finding, Layer, LayerFailed, State, Step, TimeLimit
from ingest.diagnosis.stream_layers import StreamExamination
from ingest.pattern_request import read_pattern
from ingest.source import Source, SourceKind
from posestream.clock import Clock, SystemClock

DEFAULT_SECONDS = 15.0


@dataclass(frozen=True)
class Diagnosis:
    """All that was found: the steps in order, up to one that fails; facts and config where there is a picture."""

    steps: tuple[Step, ...]
    facts: StreamFacts | None
    warnings: tuple[str, ...]
    config: str | None

    @property
    def failed(self) -> Step | None:
        """The layer that fails, None where there are pictures."""
        return next((step for step in self.steps if step.state is State.FAILS), None)


def diagnose(
    source: Source,
    seconds: float = DEFAULT_SECONDS,
    on_step: Callable[[Step], None] = lambda _: None,
    clock: Clock | None = None,
) -> Diagnosis:
    """Go up the layers of a source until one fails, then say what its stream is like.

    Takes ``seconds`` at most, and half a second more; a good camera about half of 15. Never raises for what a source
    does. Nothing of what it gives holds a login, or a character that a terminal obeys.

    Args:
        source: what to look at.
        seconds: time for all of it.
        on_step: is told of each layer once it is through.
        clock: where time comes from.
    """
    if source.kind is SourceKind.TEST:
        return _of_pattern(source, on_step)
    found = _Found(source, TimeLimit(seconds, clock or SystemClock()))
    steps: list[Step] = []
    try:
        for layer, look in _layers(source):
            step = _step(layer, lambda look=look: look(found), found.limit.clock)  # type: ignore[misc]  # bound now
            steps.append(step)
            on_step(step)
            if step.state is State.FAILS:
                break
    finally:
        found.close()
    failed = steps[-1].state is State.FAILS
    facts = None if failed or found.stream is None else facts_of(found.stream.watch.seen, found.audio)
    if facts is None:
        return Diagnosis(tuple(steps), None, (), None)
    return Diagnosis(tuple(steps), facts, tuple(cautions(facts, source)), config_block(source, facts))


@dataclass
class _Found:
    """What lower layers have found out for the upper ones."""

    source: Source
    limit: TimeLimit
    addresses: list[str] = field(default_factory=list)
    connection: socket.socket | None = None
    rtsp: RtspExamination | None = None
    stream: StreamExamination | None = None

    @property
    def place(self) -> Place:
        return place_of(self.source)

    @property
    def audio(self) -> tuple[str, ...]:
        tracks = self.rtsp.tracks if self.rtsp else ()
        return tuple(track.encoding for track in tracks if track.kind == "audio")

    def close(self) -> None:
        for opened in (self.connection, self.rtsp, self.stream):
            if opened is not None:
                opened.close()


_Look = Callable[[_Found], Finding]


def _name(found: _Found) -> Finding:
    found.addresses, finding = look_up(found.place, found.limit)
    return finding


def _tcp(found: _Found) -> Finding:
    began = found.limit.clock.monotonic()
    found.connection = connect(found.place, found.addresses, found.limit)
    address = _address_of(found.connection) or found.place.host
    milliseconds = (found.limit.clock.monotonic() - began) * 1000
    return Finding(f"{address} port {found.place.port} answers after {milliseconds:.0f} ms")


def _address_of(connection: socket.socket) -> str | None:
    try:
        return str(connection.getpeername()[0])
    except OSError:  # it has hung up already
        return None


def _tls(found: _Found) -> Finding:
    connection, found.connection = found.connection, None
    assert connection is not None  # noqa: S101  # TCP comes before
    secured = secure(connection, found.place, found.limit)
    found.connection = secured
    kind = "good for this host" if found.place.verify else "of any kind is taken (tls: accept-any)"
    return Finding(f"{secured.version() or 'TLS'}, a certificate {kind}")


def _rtsp(found: _Found) -> Finding:
    assert found.connection is not None  # noqa: S101  # TCP comes before

    def again() -> RtspTalk:
        connection = connect(found.place, found.addresses, found.limit)
        return RtspTalk(secure(connection, found.place, found.limit) if found.place.secure else connection, found.limit)

    found.rtsp = RtspExamination(found.source, again, RtspTalk(found.connection, found.limit))
    return found.rtsp.greet()


def _stream(found: _Found) -> Finding:
    for opened in (found.connection, found.rtsp):
        if opened is not None:
            opened.close()  # many cameras serve only a few at once
    found.stream = StreamExamination(found.source, found.limit)
    return found.stream.opens()


def _talk(found: _Found) -> RtspExamination:
    assert found.rtsp is not None  # noqa: S101  # RTSP comes before
    return found.rtsp


def _pictures(found: _Found) -> StreamExamination:
    assert found.stream is not None  # noqa: S101  # STREAM comes before
    return found.stream


_NETWORK: tuple[tuple[Layer, _Look], ...] = ((Layer.NAME, _name), (Layer.TCP, _tcp))
_SECURE: tuple[tuple[Layer, _Look], ...] = ((Layer.TLS, _tls),)
_RTSP: tuple[tuple[Layer, _Look], ...] = (
    (Layer.RTSP, _rtsp),
    (Layer.LOGIN, lambda found: _talk(found).log_in()),
    (Layer.PATH, lambda found: _talk(found).read_description()),
    (Layer.CODEC, lambda found: _talk(found).check_codec()),
)
_STREAM: tuple[tuple[Layer, _Look], ...] = (
    (Layer.STREAM, _stream),
    (Layer.KEYFRAME, lambda found: _pictures(found).has_keyframe()),
    (Layer.DECODE, lambda found: _pictures(found).decodes()),
    (Layer.TIMESTAMPS, lambda found: _pictures(found).has_times()),
)


def _layers(source: Source) -> tuple[tuple[Layer, _Look], ...]:
    if not source.is_remote:
        return _STREAM
    secured = _SECURE if place_of(source).secure else ()
    return _NETWORK + secured + (_RTSP if source.kind is SourceKind.RTSP else ()) + _STREAM


def _step(layer: Layer, look: Callable[[], Finding], clock: Clock) -> Step:
    began = clock.monotonic()
    try:
        finding = look()
    except LayerFailed as error:
        return Step(error.layer or layer, State.FAILS, str(error), error.remedy, clock.monotonic() - began)
    state = State.WARNS if finding.remedy else State.OK
    return Step(layer, state, finding.text, finding.remedy, clock.monotonic() - began)


def _of_pattern(source: Source, on_step: Callable[[Step], None]) -> Diagnosis:
    facts = facts_of_pattern(read_pattern(source.address))
    step = Step(Layer.STREAM, State.OK, "drawn here, needs no camera", "", 0.0)
    on_step(step)
    return Diagnosis((step,), facts, (), config_block(source, facts))
