import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.adding import keeping
from inference.adding.keeping import keep, one_at_a_time, workspace
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.measured import Measured, read_measured
from inference.models.own import own_card, own_names
from posestream.errors import UsageError

MEASURED = Measured(device="a CPU", engine="openvino 2026.2", threads=2, milliseconds=1.5, outputs=((1, 17, 3),))
Put = Callable[..., ModelCard]


@pytest.fixture
def models(cache: ModelCache) -> Path:
    """The cache's folder of models."""
    folder = cache.root / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def put(single_card: Callable[..., ModelCard], cache: ModelCache, models: Path) -> Put:
    """``put(digit, **changes)``: keep a model of that sha256."""

    def call(digit: str = "a", **changes: object) -> ModelCard:
        card = single_card(**{"source": {"kind": "file", "origin": "me", "sha256": digit * 64}} | changes)
        with workspace(models) as folder:
            (folder / "model.onnx").write_text(digit)
            with one_at_a_time(models):
                keep(card, MEASURED, folder, cache)
        return card

    return call


def names(models: Path) -> list[str]:
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


def test_what_is_kept_is_all_that_is_left(put: Put, cache: ModelCache, models: Path) -> None:
    first = put("a")
    assert names(models) == [first.identity]
    assert own_card("mine", cache) == first
    assert read_measured(cache.folder(first)) == MEASURED
    again = put("a", summary="better said")
    assert (names(models), own_card("mine", cache)) == ([first.identity], again)
    other = put("b")
    assert (names(models), own_card("mine", cache)) == ([other.identity], other)
    more = put("c", name="mine.too")
    assert names(models) == [more.identity, other.identity]


def test_a_workspace_goes_with_whoever_made_it(models: Path) -> None:
    with pytest.raises(FileNotFoundError), workspace(models) as folder:
        (folder / "none").rename(folder / "model.onnx")
    assert names(models) == []


def test_what_a_kill_left_is_swept_at_once_and_what_is_held_in_time(models: Path) -> None:
    (models / ".adding-killed").mkdir()
    (models / ".adding-killed" / "model.onnx").write_bytes(b"half")
    with workspace(models) as held:
        with workspace(models):
            assert held.is_dir()
            assert not (models / ".adding-killed").exists()
        os.utime(held, (1, 1))
        with workspace(models):
            assert not held.exists()


def test_a_file_system_that_locks_no_folders(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise OSError(errno.EBADF, "no")

    fresh, old = models / ".adding-fresh", models / ".adding-old"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (1, 1))
    with one_at_a_time(models):
        pass
    monkeypatch.setattr("inference.adding.keeping._hold", unable)
    with workspace(models) as folder:
        assert folder.is_dir()
    assert names(models) == [".adding-fresh"]


@pytest.mark.parametrize("digit", ["a", "b"])
def test_the_old_model_stays_until_the_new_one_is_there(
    put: Put, cache: ModelCache, models: Path, monkeypatch: pytest.MonkeyPatch, digit: str
) -> None:
    first, move = put("a"), Path.replace

    def fails(self: Path, target: Path) -> Path:
        if self.name.startswith(".adding-"):
            raise OSError(errno.EIO, "no")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="no"):
        put(digit, summary="better said")
    assert own_card("mine", cache) == first
    assert cache.folder(first).joinpath("model.onnx").read_text() == "a"
    assert names(models) == [first.identity]


def test_a_kill_between_the_old_and_the_new(put: Put, cache: ModelCache, models: Path) -> None:
    first = put("a")
    cache.folder(first).rename(models / f".replaced-{first.identity}")
    assert own_names(cache) == ()
    with workspace(models):
        assert own_card("mine", cache) == first  # back again
    shutil.copytree(cache.folder(first), models / f".replaced-mine@{'b' * 8}")
    with workspace(models):
        assert own_card("mine", cache) == first  # the new one was there: the old one went
    assert names(models) == [first.identity]


def test_what_was_left_of_a_model_without_its_card_gives_way(put: Put, cache: ModelCache, models: Path) -> None:
    card = put("a")
    (cache.folder(card) / "card.yaml").unlink()
    put("a")
    assert names(models) == [card.identity]
    assert own_card("mine", cache) == card


def test_a_card_that_could_not_be_read_again_is_not_kept(
    put: Put, cache: ModelCache, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put("a")
    data = {f"{number:05}".ljust(100, "x"): "c" * 64 for number in range(1000)}
    many = put("b", source={"kind": "file", "origin": "me", "sha256": "b" * 64, "data": data})
    assert own_card("mine", cache) == many  # larger than a card by hand may be
    monkeypatch.setattr(keeping, "LARGEST_KEPT", 2**16)
    with pytest.raises(UsageError, match=r"^mine: .* read again: card\.yaml: larger than 65536 bytes: no card$"):
        put("c", source={"kind": "file", "origin": "me", "sha256": "c" * 64, "data": data})
    monkeypatch.undo()
    monkeypatch.setattr(keeping, "load_card", lambda *_: first)
    with pytest.raises(UsageError, match=r"^mine: its card would be read again as another"):
        put("d")
    assert names(models) == [many.identity]
