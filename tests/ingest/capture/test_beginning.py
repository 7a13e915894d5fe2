from ingest.capture.beginning import Beginning


def test_an_epoch_begins_with_its_first_keyframe_and_goes_on_without() -> None:
    beginning = Beginning()
    assert [beginning.reached_by(is_keyframe=key) for key in (False, False, True, False)] == [False, False, True, True]
    assert (beginning.round, beginning.begun, beginning.index) == (1, True, -1)


def test_a_stream_without_keyframes_begins_after_a_while() -> None:
    beginning = Beginning()
    assert [beginning.reached_by(is_keyframe=False) for _ in range(152)] == [False] * 150 + [True] * 2


def test_each_epoch_is_a_round_of_its_own_that_counts_from_zero() -> None:
    beginning = Beginning()
    beginning.reached_by(is_keyframe=True)
    beginning.index += 5
    beginning.anew()
    assert (beginning.begun, beginning.index) == (False, -1)
    assert not beginning.reached_by(is_keyframe=False)
    assert beginning.reached_by(is_keyframe=True)
    assert beginning.round == 2
