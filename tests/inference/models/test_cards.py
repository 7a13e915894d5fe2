import pytest

from inference.models import (
    BUILT_IN,
    CARD_FOLDER,
    ON_REQUEST,
    built_in_cards,
    card_by_name,
    cards_on_request,
    pull_words,
)
from inference.models.card import Task
from posestream.errors import UsageError


def test_every_card_in_the_folder_is_registered_and_loads() -> None:
    assert {path.stem for path in CARD_FOLDER.iterdir()} == {*BUILT_IN, *ON_REQUEST}
    assert tuple(card.name for card in built_in_cards()) == BUILT_IN
    assert tuple(card.name for card in cards_on_request()) == ON_REQUEST


@pytest.mark.parametrize("name", [*BUILT_IN, *ON_REQUEST])
def test_a_card_says_whose_work_it_is(name: str) -> None:
    card = card_by_name(name)
    assert card.name == name
    assert card.licence.name
    assert card.source.origin
    assert next(iter(card.source.files)).endswith(".json")


def test_an_unclear_licence_is_on_request_only() -> None:
    assert all(card.licence.name != "unclear" for card in built_in_cards())
    assert all(card.licence.name == "unclear" for card in cards_on_request())


def test_who_pulls_names_what_is_on_request() -> None:
    nanodet, posenet = card_by_name("nanodet"), card_by_name("posenet")
    assert pull_words([nanodet]) == "posestream models pull"
    assert pull_words([nanodet, posenet]) == "posestream models pull nanodet posenet"


def test_each_task_has_a_network() -> None:
    assert {card.task for card in built_in_cards()} == set(Task)


def test_a_card_is_read_once() -> None:
    assert card_by_name("nanodet") is card_by_name("nanodet")


@pytest.mark.parametrize("name", ["", "yolo", "../nanodet", "nanodet.yaml"])
def test_an_unknown_name_is_answered_by_the_known_ones(name: str) -> None:
    with pytest.raises(
        UsageError, match=r"there are movenet-multipose, .*, blazepose-full, posenet, centernet$"
    ) as caught:
        card_by_name(name)
    assert "\n" not in str(caught.value)
