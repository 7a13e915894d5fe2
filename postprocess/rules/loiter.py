"""Kind ``loiter``: somebody stays, in a zone or within a radius of where the stay began."""

from math import dist

from posestream.config.rules import LoiterRuleConfig
from postprocess.rules.observation import Observation, Trail, Trails
from postprocess.rules.scene import Person, Scene
from postprocess.rules.zone import judge_zone

# A stay's begin is known to 1/128 of its length; a trail holds at most twice as many points.
_POINTS_PER_STAY = 128
_MOST_POINTS = 2 * _POINTS_PER_STAY


def judge_loiter(rule: LoiterRuleConfig, scene: Scene, trails: Trails) -> tuple[tuple[Observation, ...], Trails]:
    """Tell of each person in sight whether they have stayed for ``for_seconds``.

    Without a zone: the stay begins at the earliest remembered place from which the person is within the radius now;
    places farther away than that are forgotten, so the begin slides along with somebody who walks on. Out of reach for
    less than ``resolve_after`` ends no stay (a passer-by hides the legs), but nobody loiters in that time.
    """
    if rule.radius is None:
        return judge_zone(rule, scene, trails)
    needed_ns, patience_ns = round(rule.for_seconds * 1e9), round(rule.resolve_after * 1e9)
    old = {trail.track_id: trail for trail in trails}
    followed = tuple(
        _extended(old.get(person.track_id), person, rule.radius * scene.height, needed_ns, patience_ns)
        for person in scene.seen
    )
    seen = {trail.track_id for trail in followed}
    observations = tuple(
        Observation(
            trail.track_id,
            trail.away_since_ns is None and scene.now_ns - trail.points[0][0] >= needed_ns,
            since_ns=trail.points[0][0],
        )
        for trail in followed
    )
    return observations, followed + tuple(trail for trail in trails if trail.track_id not in seen)


def _extended(trail: Trail | None, person: Person, radius: float, needed_ns: int, patience_ns: int) -> Trail:
    """Give the trail with the places out of reach for too long forgotten and the present one added."""
    here = (person.x, person.y)
    points = trail.points if trail else ()
    first = next((index for index, (_, x, y) in enumerate(points) if dist((x, y), here) <= radius), len(points))
    away_since = None
    if trail is not None and first > 0:
        away_since = person.seen_ns if trail.away_since_ns is None else trail.away_since_ns
    if away_since is None or person.seen_ns - away_since >= patience_ns:
        points, away_since = points[first:], None
    stay_ns = person.seen_ns - points[0][0] if points else 0
    if not points or person.seen_ns - points[-1][0] >= max(needed_ns, stay_ns) / _POINTS_PER_STAY:
        points = (*points, (person.seen_ns, *here))
    if len(points) > _MOST_POINTS:
        points = points[::2]
    return Trail(person.track_id, points, away_since)
