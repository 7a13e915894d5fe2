"""Where the persons of a camera walked in the last seconds."""

from collections import deque

from posestream.schemas import Tracks, TrackState

LENGTH = 40  # points a person

Point = tuple[float, float]


class Trails:
    """The last foot points of each live track of one camera; bounded by the number of live tracks."""

    def __init__(self) -> None:
        self._points: dict[int, deque[Point]] = {}
        self._epoch = -1

    def add(self, tracks: Tracks) -> dict[int, tuple[Point, ...]]:
        """Take in a frame and give the trail of each of its tracks, oldest point first, px of the frame.

        The foot point here is the bottom centre of the box; a lost track's trail rests.
        """
        if tracks.poses.stamp.epoch != self._epoch:
            self._epoch = tracks.poses.stamp.epoch
            self._points.clear()
        kept = {}
        for track_id, box, state in zip(
            tracks.track_ids.tolist(), tracks.boxes.tolist(), tracks.states.tolist(), strict=True
        ):
            points = self._points.get(track_id) or deque(maxlen=LENGTH)
            if state != TrackState.LOST:
                points.append((round((box[0] + box[2]) / 2, 1), round(box[3], 1)))
            kept[track_id] = points
        self._points = kept
        return {track_id: tuple(points) for track_id, points in kept.items()}
