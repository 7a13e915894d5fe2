"""From what is known of a camera to a score and reasons: each told once it has lasted, withdrawn once it has gone.

Thresholds were measured on looks at clips of three cameras, as they are and with one thing at a time spoilt
(tests/ingest/health plants each). Weights say how much of a camera's worth to this product is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.health.picture_meter import PictureFigures
from posestream.config.rules import CameraTrouble

HealthReason = CameraTrouble
"""What can be wrong with a camera: the same names on the health topic, in metrics and in rules."""

# Shortest silence that is a stall: networks and encoders pause for a second now and then.
LEAST_STALL_SECONDS = 2.0
_STALL_INTERVALS = 2.0
# A camera that saves bits may show one picture for 20 s and more, until its next keyframe.
_STILL_SECONDS = 30.0
# Of a picture at 10 % of its light 0.99 is dark, at 20 % (persons can still be seen) 0.6 to 0.9.
_DARK_SHARE = 0.95
# A clip three times too bright has 0.75 to 0.9 of it, as it should be 0.0 to 0.12.
_BRIGHT_SHARE = 0.7
# Sharp clips of 768 px have 0.79 to 1.2; blurred by 3 px (sigma) at most 0.63, by 4 px at most 0.49.
_LEAST_SHARPNESS = 0.55
# Luma. Flatter than this there is nothing to see: fog, dirt, a cover; its edges say nothing.
_LEAST_CONTRAST = 3.0
# Moved by a quarter, covered or of another place: at most 0.31; persons close to the camera leave 0.5 and more.
_LEAST_LIKENESS = 0.4
# One frame that is lost damages those up to the next keyframe; a line that loses some each second does more than this.
_CORRUPT_SHARE = 0.05
# The camera's clock less the way of the picture, which may well take some seconds.
_MOST_AHEAD_SECONDS, _MOST_BEHIND_SECONDS = 1.0, 5.0
# Cameras lengthen the exposure in the dark, mostly to half the rate: that is not enough to be told.
_LEAST_FPS_SHARE = 0.6


@dataclass(frozen=True)
class CameraFacts:
    """What is known of a camera at a moment; None is what is not known.

    is_live: frames come, or did until now; is_down: it cannot be read. silent_seconds: since the last frame, and
    stall_seconds: how long that may be. corrupt_share: damaged frames among those that came lately, 0..1.
    skew_seconds: the camera's clock minus ours. fps: frames a second lately; expected_fps: as the source promises.
    """

    is_live: bool
    is_down: bool = False
    silent_seconds: float | None = None
    stall_seconds: float = LEAST_STALL_SECONDS
    corrupt_share: float | None = None
    skew_seconds: float | None = None
    fps: float | None = None
    expected_fps: float | None = None
    figures: PictureFigures | None = None


def stall_limit(fps: float | None) -> float:
    """Give the silence in seconds after which a camera of this rate has stalled."""
    return max(_STALL_INTERVALS / fps, LEAST_STALL_SECONDS) if fps else LEAST_STALL_SECONDS


@dataclass(frozen=True)
class Verdict:
    """How a camera is: 100 = well, 0 = down and only then; reasons worst first."""

    score: int
    reasons: tuple[HealthReason, ...]


WELL = Verdict(100, ())
DOWN = Verdict(0, (HealthReason.DOWN,))


@dataclass(frozen=True)
class _Terms:
    """A reason's weight of 100, and for how many seconds it must hold to be told and be gone to be withdrawn."""

    weight: int
    hold: float
    clear: float


# The order is that in which reasons are told. What is measured over seconds already is told soon.
_TERMS = {
    HealthReason.STALLED: _Terms(80, 0.0, 2.0),  # its limit is a time already; a lone frame ends no stall
    HealthReason.FROZEN: _Terms(70, 3.0, 5.0),  # as above; figures from before a reconnect last a second
    HealthReason.DARK: _Terms(60, 10.0, 5.0),  # exposure follows a light that goes on or off within seconds
    HealthReason.OVEREXPOSED: _Terms(50, 10.0, 5.0),  # as above, and headlights pass
    HealthReason.SCENE_CHANGED: _Terms(40, 20.0, 10.0),  # a lorry halts and drives on
    HealthReason.BLURRED: _Terms(40, 20.0, 10.0),  # a lens looks for its focus
    HealthReason.CORRUPT: _Terms(30, 5.0, 10.0),  # one lost keyframe is soon over
    HealthReason.LOW_FPS: _Terms(20, 10.0, 10.0),  # a network's short pause is made up for
    HealthReason.DRIFT: _Terms(10, 30.0, 30.0),  # nobody's life hangs on a clock; it is a median of seconds
}


class HealthJudge:
    """Judges one camera over time; called once a second or more often, by one thread.

    While a camera is down nothing else is said of it, and nothing of before counts when it is back. While it stalls,
    what was told stays told: without pictures nothing else can be known.
    """

    def __init__(self) -> None:
        self._traces = {reason: _Trace() for reason in _TERMS}

    def judge(self, facts: CameraFacts, seconds: float) -> Verdict:
        """Give the verdict at ``seconds`` of any clock that does not go back."""
        if facts.is_down or not facts.is_live:
            self._traces = {reason: _Trace() for reason in _TERMS}
            return DOWN if facts.is_down else WELL
        stalled = _IS_CASE[HealthReason.STALLED](facts)
        for reason, terms in _TERMS.items():
            if stalled and reason is not HealthReason.STALLED:
                self._traces[reason].pause()
            else:
                self._traces[reason].follow(_IS_CASE[reason](facts), terms, seconds)
        return verdict_of([reason for reason, trace in self._traces.items() if trace.told])


def verdict_of(reasons: list[HealthReason]) -> Verdict:
    """Give the verdict of reasons other than ``down``: each takes its weight from 100, at least 1 is left."""
    return Verdict(max(1, 100 - sum(_TERMS[reason].weight for reason in reasons)), tuple(reasons))


class _Trace:
    """Whether a reason is told, and since when that has been about to change."""

    def __init__(self) -> None:
        self.told = False
        self._since: float | None = None

    def pause(self) -> None:
        self._since = None

    def follow(self, is_case: bool, terms: _Terms, seconds: float) -> None:
        if is_case is self.told:
            self._since = None
            return
        self._since = seconds if self._since is None else self._since
        if seconds - self._since >= (terms.clear if self.told else terms.hold):
            self.told, self._since = is_case, None


def _is_stalled(facts: CameraFacts) -> bool:
    return facts.silent_seconds is not None and facts.silent_seconds > facts.stall_seconds


def _is_corrupt(facts: CameraFacts) -> bool:
    return facts.corrupt_share is not None and facts.corrupt_share > _CORRUPT_SHARE


def _has_drifted(facts: CameraFacts) -> bool:
    skew = facts.skew_seconds
    return skew is not None and not -_MOST_BEHIND_SECONDS <= skew <= _MOST_AHEAD_SECONDS


def _is_slow(facts: CameraFacts) -> bool:
    if facts.fps is None or facts.expected_fps is None:
        return False
    return facts.fps < _LEAST_FPS_SHARE * facts.expected_fps


def _of_picture(is_case: Callable[[PictureFigures], bool]) -> Callable[[CameraFacts], bool]:
    return lambda facts: facts.figures is not None and is_case(facts.figures)


def _is_dark(figures: PictureFigures) -> bool:
    return figures.dark_share >= _DARK_SHARE


def _is_overexposed(figures: PictureFigures) -> bool:
    return figures.bright_share >= _BRIGHT_SHARE


def _is_lit(figures: PictureFigures) -> bool:
    return not (_is_dark(figures) or _is_overexposed(figures))


def _is_other_scene(figures: PictureFigures) -> bool:
    return _is_lit(figures) and figures.likeness < _LEAST_LIKENESS


def _is_blurred(figures: PictureFigures) -> bool:
    flat = figures.contrast < _LEAST_CONTRAST
    return _is_lit(figures) and not (flat and _is_other_scene(figures)) and (flat or _lacks_edges(figures))


def _lacks_edges(figures: PictureFigures) -> bool:
    return figures.sharpness < _LEAST_SHARPNESS


def _is_frozen(figures: PictureFigures) -> bool:
    # Where there is nothing to see, nothing moves either, and what noise there was the encoder has smoothed.
    shows = _is_lit(figures) and figures.contrast >= _LEAST_CONTRAST
    return shows and figures.still_seconds >= _STILL_SECONDS


_IS_CASE: dict[HealthReason, Callable[[CameraFacts], bool]] = {
    HealthReason.STALLED: _is_stalled,
    HealthReason.FROZEN: _of_picture(_is_frozen),
    HealthReason.DARK: _of_picture(_is_dark),
    HealthReason.OVEREXPOSED: _of_picture(_is_overexposed),
    HealthReason.SCENE_CHANGED: _of_picture(_is_other_scene),
    HealthReason.BLURRED: _of_picture(_is_blurred),
    HealthReason.CORRUPT: _is_corrupt,
    HealthReason.LOW_FPS: _is_slow,
    HealthReason.DRIFT: _has_drifted,
}
