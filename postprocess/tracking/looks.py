"""What each track remembers of its person's looks, and whom it touched: kept to tell two apart who have crossed.

Letters in shapes: T tracks, N poses, D numbers of a description.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.appearance import REGIONS
from postprocess.boxes import covered_shares
from postprocess.tracking.motion import Float64, Rows, places_of

BoolMask = NDArray[np.bool_]

NOBODY = -1


@dataclass(frozen=True)
class LooksSettings:
    """How looks are used; shares and likeness in [0, 1], times in seconds.

    ``touch``: two persons touch when that share of the smaller box is common; ``covered``: a pose is not
    believed to look like its person when other poses cover more than that share of it.
    ``settle_seconds``: how long after a touch it is in doubt who is who; ``hidden_seconds``: how long a track lost
    in a touch is waited for; ``come_out``: so many body heights from the one who hides it may it turn up.
    ``recent_seconds``: what "recently" means; ``memory_sights``: how many clear sights the memory speaks of.
    ``margin``: by how much one answer must be more alike than the other; ``least``: least likeness of a person found
    again; ``other``: likeness below which a lost person is certainly another one.
    """

    touch: float = 0.2
    covered: float = 0.3
    settle_seconds: float = 1.0
    hidden_seconds: float = 3.0
    come_out: float = 1.0
    recent_seconds: float = 0.5
    memory_sights: int = 30
    margin: float = 0.15
    least: float = 0.7
    other: float = 0.4


@dataclass(frozen=True, eq=False)
class Looks:
    """``clear`` (T, D): sum of the descriptions in clear sights; ``recent`` (T, D): of the last uncovered ones.

    ``partners`` (T,): id of the track that it touched last, -1 for none; ``apart`` (T,): seconds in sight since then.
    """

    clear: Float32
    recent: Float32
    partners: Rows
    apart: Float64


def first_looks(tracks: int, numbers: int) -> Looks:
    """Give the looks of tracks of whom nothing is known."""
    empty = np.zeros((tracks, numbers), np.float32)
    return Looks(empty, empty, np.full(tracks, NOBODY, np.int64), np.full(tracks, np.inf))


def with_numbers(looks: Looks, numbers: int) -> Looks:
    """Give the looks for descriptions of ``numbers`` numbers; those of another kind are forgotten."""
    return looks if looks.clear.shape[1] == numbers else first_looks(len(looks.apart), numbers)


def aged(looks: Looks, seconds: float, seen: BoolMask, settings: LooksSettings) -> Looks:
    """Let time pass; ``seen`` (T,) of the frame before."""
    if not looks.clear.shape[1]:
        return looks
    kept = np.float32(np.exp(-seconds / settings.recent_seconds))
    return replace(looks, recent=looks.recent * kept, apart=looks.apart + np.where(seen, seconds, 0.0))


def known(descriptions: Float32) -> BoolMask:
    """Mask (T,) of the rows that say anything."""
    return np.asarray(descriptions.any(axis=1), np.bool_)


def waited_for(looks: Looks, settings: LooksSettings) -> BoolMask:
    """Mask (T,) of the tracks that, when lost, are believed to be hidden by a person whom they touched."""
    return known(looks.clear) & in_doubt(looks, settings)


def in_doubt(looks: Looks, settings: LooksSettings) -> BoolMask:
    """Mask (T,) of the tracks that touched another one and may have been taken for it."""
    mask: BoolMask = looks.apart <= settings.settle_seconds
    return mask


def touched(looks: Looks, track_ids: Rows, boxes: Float32, seen: BoolMask, settings: LooksSettings) -> Looks:
    """Note who touches whom now; a lost track keeps the partner that it was lost with.

    A new track near one who hides somebody counts as touching that one: the hidden person may have come out.
    """
    shares = covered_shares(boxes, boxes)
    shares = np.maximum(shares, shares.T)
    np.fill_diagonal(shares, 0)
    contact = np.where(shares > settings.touch, shares, 0) + _come_out(looks, track_ids, boxes, seen, settings)
    noted = contact.any(axis=1) & (seen | (looks.apart > 0))
    if not noted.any():
        return looks
    partners = np.where(noted, track_ids[contact.argmax(axis=1)], looks.partners)
    return replace(looks, partners=partners, apart=np.where(noted, 0.0, looks.apart))


def _come_out(looks: Looks, track_ids: Rows, boxes: Float32, seen: BoolMask, settings: LooksSettings) -> Float64:
    """Give how near (T, T) each new track is to each one who hides somebody, in (0, 1], 0 for all other pairs."""
    hides = seen & np.isin(track_ids, looks.partners[~seen & waited_for(looks, settings)])
    new = seen & np.isinf(looks.apart) & ~known(looks.recent)
    places = places_of(boxes)
    apart = np.hypot(places[:, None, 0] - places[:, 0], places[:, None, 1] - places[:, 1]) / places[:, 3]
    return np.where(new[:, None] & hides, np.maximum(1 - apart / settings.come_out, 0), 0)


def remembered(
    looks: Looks, pose_rows: Rows, appearance: NDArray[np.uint8], uncovered: BoolMask, settings: LooksSettings
) -> Looks:
    """Add what was seen: ``appearance`` (N, D) of the poses that ``pose_rows`` (T,) names, -1 for a track unseen.

    Only poses that are ``uncovered`` (N,) count, and for the memory only those of tracks that are not in doubt.
    """
    rows = np.flatnonzero(pose_rows >= 0)
    rows = rows[uncovered[pose_rows[rows]]]
    sight = appearance[pose_rows[rows]].astype(np.float32)
    recent, clear = looks.recent.copy(), looks.clear.copy()
    recent[rows] += sight
    sure = ~in_doubt(looks, settings)[rows]
    clear[rows[sure]] += sight[sure]
    most = np.float32(255 * REGIONS * settings.memory_sights)
    clear *= np.minimum(most / np.maximum(clear.sum(axis=1, keepdims=True), 1), 1)
    return replace(looks, recent=recent, clear=clear)
