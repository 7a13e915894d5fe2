"""What a track remembers of looks and touches."""

import dataclasses

import numpy as np

from postprocess.tracking.looks import (
    Looks,
    LooksSettings,
    aged,
    first_looks,
    known,
    remembered,
    touched,
    waited_for,
    with_numbers,
)

SETTINGS = LooksSettings()
IDS = np.array([5, 7, 9])
EVERYBODY = np.ones(3, np.bool_)
APART = np.array([[0, 0, 40, 100], [100, 0, 140, 100], [300, 0, 340, 100]], np.float32)
TOUCHING = np.array([[0, 0, 40, 100], [20, 0, 60, 100], [300, 0, 340, 100]], np.float32)


def known_looks() -> Looks:
    return dataclasses.replace(first_looks(3, 4), clear=np.ones((3, 4), np.float32))


def test_nobody() -> None:
    empty = first_looks(0, 4)
    assert known(empty.clear).tolist() == []
    boxes, none = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    assert len(touched(empty, none, boxes, np.zeros(0, np.bool_), SETTINGS).apart) == 0
    assert remembered(empty, none, np.zeros((0, 4), np.uint8), np.zeros(0, np.bool_), SETTINGS).clear.shape == (0, 4)


def test_touch_is_noted_on_both_sides_and_ages_only_in_sight() -> None:
    looks = touched(known_looks(), IDS, TOUCHING, EVERYBODY, SETTINGS)
    assert looks.partners.tolist() == [7, 5, -1]
    assert looks.apart.tolist() == [0, 0, np.inf]
    later = aged(looks, 0.4, np.array([True, False, True]), SETTINGS)
    assert later.apart.tolist() == [0.4, 0, np.inf]


def test_apart_nobody_touches() -> None:
    looks = known_looks()
    assert touched(looks, IDS, APART, EVERYBODY, SETTINGS) is looks


def test_lost_track_keeps_the_partner_it_was_lost_with() -> None:
    looks = touched(known_looks(), IDS, TOUCHING, EVERYBODY, SETTINGS)
    drifted = np.array([[0, 0, 40, 100], [290, 0, 330, 100], [300, 0, 340, 100]], np.float32)
    seen = np.array([True, False, True])
    assert touched(looks, IDS, drifted, seen, SETTINGS).partners.tolist() == [7, 5, 7]
    settled = dataclasses.replace(looks, apart=np.array([2.0, 2.0, np.inf]))
    assert touched(settled, IDS, drifted, seen, SETTINGS).partners.tolist() == [7, 9, 7]


def test_new_track_near_one_who_hides_somebody_counts_as_touching() -> None:
    looks = touched(known_looks(), IDS, TOUCHING, EVERYBODY, SETTINGS)
    fresh = np.array([[0, 0, 40, 100], [500, 0, 540, 100], [60, 0, 100, 100]], np.float32)
    looks = dataclasses.replace(looks, clear=looks.clear * np.array([[1], [1], [0]], np.float32))
    seen = np.array([True, False, True])
    assert touched(looks, IDS, fresh, seen, SETTINGS).partners.tolist() == [7, 5, 5]
    assert touched(looks, IDS, fresh, EVERYBODY, SETTINGS).partners.tolist() == [7, 5, -1]
    far = fresh + np.array([[0], [0], [80]], np.float32)
    assert touched(looks, IDS, far, seen, SETTINGS).partners.tolist() == [7, 5, -1]


def test_only_those_lost_in_a_touch_whose_looks_are_known_are_waited_for() -> None:
    looks = touched(known_looks(), IDS, TOUCHING, EVERYBODY, SETTINGS)
    assert waited_for(looks, SETTINGS).tolist() == [True, True, False]
    unknown = dataclasses.replace(looks, clear=0 * looks.clear)
    assert not waited_for(unknown, SETTINGS).any()


def test_sights_are_remembered_for_good_only_when_nobody_is_near() -> None:
    looks = touched(first_looks(3, 4), IDS, TOUCHING, EVERYBODY, SETTINGS)
    sights = np.full((4, 4), 10, np.uint8)
    uncovered = np.array([True, True, False, True])
    looks = remembered(looks, np.array([0, 2, 3]), sights, uncovered, SETTINGS)
    assert known(looks.recent).tolist() == [True, False, True]
    assert known(looks.clear).tolist() == [False, False, True]
    later = remembered(looks, np.array([-1, -1, -1]), sights, uncovered, SETTINGS)
    np.testing.assert_array_equal(later.recent, looks.recent)


def test_memory_follows_a_change_and_what_is_recent_fades() -> None:
    old, new = np.array([[255, 0, 255, 0]], np.uint8), np.array([[0, 255, 0, 255]], np.uint8)
    looks, row, sure = first_looks(1, 4), np.array([0]), np.array([True])
    for sight in (old, new):
        for _ in range(100):
            looks = aged(remembered(looks, row, sight, sure, SETTINGS), 0.1, np.array([True]), SETTINGS)
    assert looks.clear.sum() <= 255 * 2 * SETTINGS.memory_sights + 1
    assert looks.clear[0, 1] > 0.9 * looks.clear[0, :2].sum()
    assert looks.recent[0, 1] > 0.999 * looks.recent[0, :2].sum()


def test_descriptions_of_another_length_are_forgotten() -> None:
    looks = known_looks()
    assert with_numbers(looks, 4) is looks
    assert not with_numbers(looks, 6).clear.any()
    assert with_numbers(looks, 6).clear.shape == (3, 6)
