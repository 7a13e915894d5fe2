import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inference.conversion.tfjs import tfjs_to_graphdef
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.pull import missing_cards, pull_models
from posestream.errors import DependencyError, InputError, PosestreamError, UsageError

Npm = Any  # conftest's FakeNpm: test files cannot import each other
Writer = Callable[..., Path]
Reports = list[tuple[str, int, int]]


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "cache")


@pytest.fixture
def registry(npm: Npm, write_tarball: Writer, tiny_files: dict[str, bytes]) -> Npm:
    """An npm that delivers the tiny network's package."""
    write_tarball(npm.tarball, {"package.json": b"{}"} | tiny_files)
    return npm


def pull(cards: list[ModelCard], cache: ModelCache) -> tuple[list[str], Reports]:
    reports: Reports = []
    pulled = pull_models(cards, cache, lambda what, done, total: reports.append((what, done, total)))
    return [card.name for card in pulled], reports


def refused(cards: list[ModelCard], cache: ModelCache) -> str:
    with pytest.raises(DependencyError) as caught:
        pull(cards, cache)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 4
    return str(caught.value)


def renamed(card: ModelCard, name: str) -> ModelCard:
    return card.model_copy(update={"name": name})


def test_nothing_is_pulled_for_no_cards(registry: Npm, cache: ModelCache) -> None:
    assert pull([], cache) == ([], [])
    assert registry.calls == []
    assert missing_cards([], cache) == ()


def test_a_model_is_fetched_checked_converted_and_kept(
    registry: Npm, cache: ModelCache, tiny_card: ModelCard, tmp_path: Path
) -> None:
    names, reports = pull([tiny_card], cache)
    assert names == ["tiny"]
    assert cache.graph(tiny_card).read_bytes() == tfjs_to_graphdef(tmp_path / "made" / "tiny.json")
    assert reports[-2:] == [("converting tiny", 0, 1), ("converted", 1, 1)]
    assert len(registry.calls) == 1
    assert {path.name for path in cache.root.iterdir()} == {"models", "pull.lock"}


def test_a_second_pull_does_nothing(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    pull([tiny_card], cache)
    assert pull([tiny_card], cache) == ([], [])
    assert len(registry.calls) == 1


def test_a_damaged_model_is_pulled_again(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    pull([tiny_card], cache)
    cache.graph(tiny_card).write_bytes(b"damaged")
    assert missing_cards([tiny_card], cache) == (tiny_card,)
    assert pull([tiny_card], cache)[0] == ["tiny"]
    assert missing_cards([tiny_card], cache) == ()
    assert len(registry.calls) == 2


def test_the_download_is_reported_up_to_the_size_on_the_card(
    registry: Npm, cache: ModelCache, tiny_card: ModelCard, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    registry.does(
        "cache.mkdir(); (cache / 'part').write_bytes(bytes(400))\n"
        f"wait_for({str(seen)!r})\n(cache / 'part').write_bytes(bytes(5000))\nwait_for({str(seen)!r} + '2'); deliver()"
    )
    reports: Reports = []

    def report(what: str, done: int, total: int) -> None:
        reports.append((what, done, total))
        if done == 400:
            seen.touch()
        if done == 1000:
            (tmp_path / "seen2").touch()

    pull_models([tiny_card], cache, report)
    fetching = [each for each in reports if each[0].startswith("fetching")]
    assert ("fetching @tiny/models@1.2.3", 400, 1000) in fetching
    assert fetching[-1] == ("fetching @tiny/models@1.2.3", 1000, 1000)


def test_models_of_one_package_share_its_download(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    names, reports = pull([tiny_card, renamed(tiny_card, "twin")], cache)
    assert names == ["tiny", "twin"]
    assert len(registry.calls) == 1
    assert ("converting twin", 1, 2) in reports


def test_each_package_has_its_own_tarball(
    registry: Npm, cache: ModelCache, tiny_card: ModelCard, write_tarball: Writer, tmp_path: Path
) -> None:
    other = renamed(tiny_card, "other").model_copy(
        update={"source": tiny_card.source.model_copy(update={"package": "@other/models"})}
    )
    empty = write_tarball(tmp_path / "empty.tgz", {"README": b""})
    registry.does(
        f"deliver() if '@tiny' in sys.argv[2] else (target / 'o.tgz').write_bytes(Path({str(empty)!r}).read_bytes())"
    )
    message = refused([tiny_card, other], cache)
    assert message.startswith("@other/models@1.2.3: it holds no models/tiny-1.bin")
    assert [call.split()[1] for call in registry.calls] == ["@other/models@1.2.3"]
    registry.does("deliver()")
    assert pull([tiny_card, other], cache)[0] == ["tiny", "other"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models/tiny-2.bin": b"changed"}, "models/tiny-2.bin: wanted sha256"),
        ({"models/tiny-2.bin": None}, "it holds no models/tiny-2.bin"),
    ],
)
def test_a_package_of_another_content_is_refused_and_thrown_away(
    registry: Npm,
    cache: ModelCache,
    tiny_card: ModelCard,
    tiny_files: dict[str, bytes],
    write_tarball: Writer,
    change: dict[str, bytes | None],
    said: str,
) -> None:
    wrong = {name: content for name, content in (tiny_files | change).items() if content is not None}
    write_tarball(registry.tarball, wrong)
    assert said in refused([tiny_card], cache)
    assert not cache.has(tiny_card)
    write_tarball(registry.tarball, tiny_files)
    assert pull([tiny_card], cache)[0] == ["tiny"]


def test_a_broken_tarball_is_refused_and_thrown_away(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    whole = registry.tarball.read_bytes()
    registry.tarball.write_bytes(whole[: len(whole) // 2])
    assert refused([tiny_card], cache).startswith("@tiny/models@1.2.3: the tarball is broken")
    registry.tarball.write_bytes(whole)
    assert pull([tiny_card], cache)[0] == ["tiny"]


def test_without_network_there_is_one_line(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    registry.does("print('npm error code ENOTFOUND'); sys.exit(1)")
    assert "npm could not fetch @tiny/models@1.2.3: ENOTFOUND" in refused([tiny_card], cache)


def test_files_that_are_no_model_are_one_line(
    registry: Npm, cache: ModelCache, make_card: Callable[..., ModelCard], write_tarball: Writer
) -> None:
    files = {"models/a.json": b"{}", "models/a.bin": b""}
    write_tarball(registry.tarball, files)
    with pytest.raises(InputError, match=r"a\.json: not a tfjs graph model"):
        pull([make_card(files)], cache)


def test_an_interrupted_pull_goes_on_without_a_second_download(
    registry: Npm, cache: ModelCache, tiny_card: ModelCard
) -> None:
    def report(what: str, done: int, total: int) -> None:  # noqa: ARG001  # the callback's form
        if what == "converting twin":
            raise KeyboardInterrupt

    cards = [tiny_card, renamed(tiny_card, "twin")]
    with pytest.raises(KeyboardInterrupt):
        pull_models(cards, cache, report)
    assert missing_cards(cards, cache) == (cards[1],)
    assert pull(cards, cache)[0] == ["twin"]
    assert len(registry.calls) == 1


def test_a_half_tarball_that_was_left_is_fetched_anew(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    whole = registry.tarball.read_bytes()
    registry.does(f"(target / 'half.tgz').write_bytes(bytes({list(whole[:300])})); sys.exit(1)")
    refused([tiny_card], cache)
    assert list(cache.root.rglob("half.tgz"))
    registry.does("deliver()")
    assert pull([tiny_card], cache)[0] == ["tiny"]
    assert len(registry.calls) == 2


def test_an_interruption_of_the_download_leaves_nothing_half(
    registry: Npm, cache: ModelCache, tiny_card: ModelCard
) -> None:
    registry.does("cache.mkdir(); (cache / 'x').write_bytes(bytes(9)); wait_for('/nowhere/at/all')")

    def report(what: str, done: int, total: int) -> None:  # noqa: ARG001  # the callback's form
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull_models([tiny_card], cache, report)
    assert [path for path in cache.root.rglob("*") if path.name == "x"] == []
    registry.does("deliver()")
    assert pull([tiny_card], cache)[0] == ["tiny"]


def test_two_pulls_at_once_fetch_once(registry: Npm, cache: ModelCache, tiny_card: ModelCard, tmp_path: Path) -> None:
    registry.does(f"wait_for({str(tmp_path / 'go')!r}); deliver()")
    answers: list[list[str]] = []
    pulls = [threading.Thread(target=lambda: answers.append(pull([tiny_card], cache)[0])) for _ in range(2)]
    for each in pulls:
        each.start()
    (tmp_path / "go").touch()
    for each in pulls:
        each.join(60)
    assert sorted(answers) == [[], ["tiny"]]
    assert len(registry.calls) == 1


def test_a_cache_that_cannot_be_written_is_one_line(registry: Npm, tmp_path: Path, tiny_card: ModelCard) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PosestreamError, match="cannot keep the models: ") as caught:
        pull([tiny_card], ModelCache(tmp_path / "file" / "cache"))
    assert "\n" not in str(caught.value)
    assert registry.calls == []


def test_what_is_in_the_way_of_a_model_is_one_line(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    cache.folder(tiny_card).parent.mkdir(parents=True)
    cache.folder(tiny_card).touch()
    with pytest.raises(PosestreamError, match="cannot keep the models: "):
        pull([tiny_card], cache)
    cache.folder(tiny_card).unlink()
    assert pull([tiny_card], cache)[0] == ["tiny"]
    assert len(registry.calls) == 1


def test_a_cache_that_was_deleted_is_filled_again(registry: Npm, cache: ModelCache, tiny_card: ModelCard) -> None:
    pull([tiny_card], cache)
    shutil.rmtree(cache.root)
    assert pull([tiny_card], cache)[0] == ["tiny"]
    assert len(registry.calls) == 2


def test_a_file_of_the_users_own_cannot_be_pulled(cache: ModelCache, own_networks: ModuleType) -> None:
    card = ModelCard.model_validate(own_networks.SINGLE)
    with pytest.raises(UsageError, match=r"^model 'mine' is your own file: it comes by 'posestream models add'"):
        pull([card], cache)
