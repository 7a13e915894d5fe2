import numpy as np

from ingest.gate.packet_level import PacketLevel


def learnt(sizes: list[int], keyframe: int = 50_000) -> PacketLevel:
    level = PacketLevel()
    level.note_keyframe(keyframe)
    for size in sizes:
        level.note(size)
        level.learn()
    return level


def noted(level: PacketLevel, *sizes: int) -> list[bool]:
    found = []
    for size in sizes:
        level.note(size)
        found.append(level.is_high)
    return found


def test_nothing_is_known_before_twenty_quiet_packets_and_a_keyframe() -> None:
    assert not learnt([40] * 19).is_informative
    assert learnt([40] * 20).is_informative
    assert not learnt([40] * 20, keyframe=0).is_informative


def test_somebody_far_away_is_seen_within_four_packets_and_a_single_large_one_is_no_motion() -> None:
    quiet = [int(size) for size in np.random.default_rng(1).normal(60, 15, 200).clip(20)]
    assert noted(learnt(quiet), 200, 210, 190, 205)[-1]
    assert not any(noted(learnt(quiet), 180, 60, 60, 60, 60))


def test_streams_of_constant_rate_and_of_strong_noise_tell_nothing() -> None:
    rng = np.random.default_rng(1)
    assert not learnt([int(size) for size in rng.normal(4000, 2000, 200).clip(200)]).is_informative
    assert not learnt([25_000] * 100).is_informative


def test_what_is_learnt_as_quiet_is_not_high_any_more() -> None:
    level = learnt([50] * 100)
    assert noted(level, *[400] * 4)[-1]
    for _ in range(30):
        level.note(400)
        level.learn()
    assert not level.is_high
