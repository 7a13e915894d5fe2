"""After two persons crossed: did each keep its own track? Decided by their looks, only where these are plainly other.

Letters in shapes: T tracks.
"""

from dataclasses import replace

import numpy as np

from posestream.schemas.checks import Float32
from postprocess.appearance import looks_alike
from postprocess.tracking.columns import take_rows
from postprocess.tracking.looks import NOBODY, LooksSettings, in_doubt, known
from postprocess.tracking.motion import Rows
from postprocess.tracking.state import BoolMask, Roster, with_identities


def without_mixups(roster: Roster, settings: LooksSettings) -> Roster:
    """Give the roster with persons back on their own tracks.

    1. Two tracks that touched, each looking like the other was before, change places. One of them may be lost: then
       the other had gone on with its person; or new: then its person is the other's.
    2. A new track out of a touch that looks like one lost in it, not like the others of that touch, is the lost one.

    Without looks, or where they are too alike, nothing changes.
    """
    if not (in_doubt(roster.looks, settings) & known(roster.looks.clear)).any():
        return roster
    return _found_again(_in_their_places(roster, settings), settings)


def _in_their_places(roster: Roster, settings: LooksSettings) -> Roster:
    """Let tracks that took each other's person change places."""
    alike = looks_alike(roster.looks.clear, roster.looks.recent)
    places, partners = np.arange(len(roster)), roster.looks.partners.copy()
    for one, other in _suspects(roster, settings):
        pair = np.array([one, other])
        if (places[pair] == pair).all() and _crossed(alike, pair, pair[roster.seen[pair]], settings):
            places[pair] = pair[::-1]
            partners[pair] = roster.track_ids[pair[::-1]]
    changed = places != np.arange(len(roster))
    if not changed.any():
        return roster
    moved = with_identities(take_rows(roster, places), roster)
    # As if they touched only now: who is who must settle anew.
    return replace(moved, looks=replace(moved.looks, partners=partners, apart=np.where(changed, 0, moved.looks.apart)))


def _crossed(alike: Float32, pair: Rows, there: Rows, settings: LooksSettings) -> bool:
    """Tell whether those ``there`` of a pair (2,) look like the other of them was before, by each memory there is."""
    straight, crossed = alike[there, there], alike[pair.sum() - there, there]
    straight, crossed = straight[~np.isnan(straight)], crossed[~np.isnan(crossed)]
    if not len(straight) or len(straight) != len(crossed):
        return False
    return bool(crossed.mean() >= settings.least and (crossed - straight).mean() > settings.margin)


def _suspects(roster: Roster, settings: LooksSettings) -> Rows:
    """Give the pairs of rows (P, 2), first < second, that touched and of which enough is known to judge."""
    seen = roster.seen
    able = roster.confirmed & in_doubt(roster.looks, settings)
    able &= known(np.where(seen[:, None], roster.looks.recent, roster.looks.clear))
    # A person missed for a moment may stand behind the one who is seen: only a longer absence speaks against that one.
    able &= seen | (roster.unseen >= settings.recent_seconds)
    return np.argwhere(np.triu(_met(roster) & able[:, None] & able & (seen[:, None] | seen), 1))


def _found_again(roster: Roster, settings: LooksSettings) -> Roster:
    """Let new tracks go on as the lost ones that they are."""
    new, lost, alike = _finds(roster, settings)
    source, ended = np.arange(len(roster)), np.zeros(len(roster), np.bool_)
    for index in np.argsort(-alike, kind="stable"):
        if not ended[new[index]] and source[lost[index]] == lost[index]:
            source[lost[index]], ended[new[index]] = new[index], True
    if not ended.any():
        return roster
    found, partners = with_identities(take_rows(roster, source), roster), roster.looks.partners.copy()
    for row in np.flatnonzero(source != np.arange(len(roster))):
        partners[partners == roster.track_ids[source[row]]] = roster.track_ids[row]
    return take_rows(replace(found, looks=replace(found.looks, partners=partners)), ~ended)


def _finds(roster: Roster, settings: LooksSettings) -> tuple[Rows, Rows, Float32]:
    """Give rows of new tracks (P,), rows of the lost ones that they may be (P,), and how alike they are (P,)."""
    looks, seen = roster.looks, roster.seen
    doubtful, remembered = in_doubt(looks, settings) & roster.confirmed, known(looks.clear)
    met = _met(roster)
    # Two persons seen as one may have been a track of its own for that time: both met that one, so each other.
    met |= (looks.partners[:, None] == looks.partners) & (looks.partners != NOBODY)
    rivals = met & (remembered & in_doubt(looks, settings)) & ~np.eye(len(roster), dtype=np.bool_)
    lost = doubtful & ~seen & remembered
    # Nobody else was there, or there is somebody to compare with.
    judged = rivals.any(axis=1) | (roster.track_ids[:, None] == looks.partners)
    new = doubtful & seen & ~remembered & known(looks.recent)
    # Who was seen at the same time as the lost one is somebody else.
    news, losts = np.nonzero(new[:, None] & lost & met & judged & (roster.ages[:, None] <= roster.unseen))
    alike = looks_alike(looks.clear, looks.recent)
    own = alike[losts, news]
    others = np.where(rivals[losts], alike[:, news].T, -np.inf).max(axis=1, initial=-np.inf)
    good = (own >= settings.least) & (own - others > settings.margin)
    return news[good], losts[good], own[good]


def _met(roster: Roster) -> BoolMask:
    """Mask (T, T) of the pairs of which one touched the other last."""
    met = roster.looks.partners[:, None] == roster.track_ids
    return np.asarray(met | met.T)
