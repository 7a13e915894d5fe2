from collections.abc import Callable
from dataclasses import replace

from posestream.schemas import Tracks, TrackState
from sinks.serve.trails import LENGTH, Trails

MakeTracks = Callable[..., Tracks]


def test_nobody_leaves_a_trail(make_tracks: MakeTracks) -> None:
    assert Trails().add(make_tracks()) == {}


def test_a_trail_is_where_the_feet_were_and_bounded(make_tracks: MakeTracks) -> None:
    trails = Trails()
    for frame in range(LENGTH + 10):
        found = trails.add(make_tracks([(100 + frame, 40)], frame_index=frame))
    assert list(found) == [1]
    assert len(found[1]) == LENGTH
    (first, _), (last, low) = found[1][0], found[1][-1]
    assert last - first == LENGTH - 1
    assert 190 < low < 200  # the sole: 0.96 of 160 px below the top


def test_a_lost_track_s_trail_rests_and_a_gone_one_s_is_forgotten(make_tracks: MakeTracks) -> None:
    trails = Trails()
    trails.add(make_tracks([(100, 40), (200, 40)]))
    lost = trails.add(make_tracks([(150, 40), (200, 40)], states=[TrackState.LOST, TrackState.CONFIRMED]))
    assert [len(points) for points in lost.values()] == [1, 2]
    assert list(trails.add(make_tracks([(100, 40)]))) == [1]
    assert [len(points) for points in trails.add(make_tracks([(100, 40), (200, 40)])).values()] == [3, 1]


def test_a_new_epoch_begins_anew(make_tracks: MakeTracks) -> None:
    trails, tracks = Trails(), make_tracks([(100, 40)])
    trails.add(tracks)
    later = replace(tracks, poses=replace(tracks.poses, stamp=replace(tracks.poses.stamp, epoch=5)))
    assert len(trails.add(later)[1]) == 1
