"""Growing a person from one joint along the connections that CAF offers, the surest joint first.

Source of the steps: Kreiss et al., OpenPifPaf (T-ITS 2021): a frontier of connections with an upper bound for what
each may give; one is looked at only when no other could give more.
"""

import heapq
import math
from collections.abc import Sequence

from postprocess.decoders.caf import LIMBS, Connection, Joint

Person = dict[int, Joint]
"""The joints found of one person by their number."""

_LEAST_SCORE = 0.15
_LEAST_SHARE = 0.5  # of the score of the joint that a connection starts from

_LEAVING: dict[int, list[int]] = {
    joint: [2 * limb + end for limb, ends in enumerate(LIMBS) for end in (0, 1) if ends[end] == joint]
    for joint in range(1 + max(max(ends) for ends in LIMBS))
}
"""For each joint the numbers of the connections that start from it; number ^ 1 is the way back."""


def grow(joint: int, seed: Joint, connections: Sequence[Connection]) -> Person:
    """Give the joints of the person to whom ``seed``, its joint number ``joint``, belongs; the seed is the first.

    A joint's score is sqrt(score of the connection * score of the joint it starts from).
    """
    person: Person = {}
    # Bound or score, negative as the least comes first; connection; where it leads, None before anyone looked.
    frontier: list[tuple[float, int, Joint | None]] = []
    placed: tuple[int, Joint] | None = (joint, seed)
    while placed is not None:
        number, found = placed
        person[number] = found
        for connection in _LEAVING[number]:
            if _target(connection) not in person:
                heapq.heappush(frontier, (-math.sqrt(found.score), connection, None))
        placed = _next(frontier, person, connections)
    return person


def _next(
    frontier: list[tuple[float, int, Joint | None]], person: Person, connections: Sequence[Connection]
) -> tuple[int, Joint] | None:
    """Take the surest joint that the frontier offers, None if it is used up."""
    while frontier:
        _, connection, end = heapq.heappop(frontier)
        target = _target(connection)
        if target in person:
            continue
        if end is not None:
            return target, end
        start = person[LIMBS[connection // 2][connection % 2]]
        end = _connected(start, connections[connection], connections[connection ^ 1])
        if end is not None:
            heapq.heappush(frontier, (-end.score, connection, end))
    return None


def _connected(start: Joint, there: Connection, back: Connection) -> Joint | None:
    """Give the other end of a connection, None if it is too weak or the way back does not lead to the start."""
    end = there.follow(start)
    if end is None:
        return None
    score = math.sqrt(end.score * start.score)
    if score < max(_LEAST_SCORE, _LEAST_SHARE * start.score):
        return None
    returned = back.follow(end)
    if returned is None or abs(returned.x - start.x) + abs(returned.y - start.y) > start.scale:
        return None
    return end._replace(score=score)


def _target(connection: int) -> int:
    return LIMBS[connection // 2][1 - connection % 2]
