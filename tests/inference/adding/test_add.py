import hashlib
import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from inference.adding import add
from inference.adding.add import add_model
from inference.models.cache import ModelCache, sha256_of
from inference.models.card import ModelCard
from inference.models.measured import read_measured
from inference.models.own import own_card, own_names
from posestream.errors import InputError, ModelMissing, PosestreamError, UsageError

Cards = Callable[..., ModelCard]
in_this_process = pytest.mark.usefixtures("in_this_process")


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def left_over(cache: ModelCache) -> list[str]:
    """What a refusal left in the cache."""
    return [path.name for path in cache.root.rglob("*") if path.name not in {"models", ".lock"}]


def test_a_model_is_kept_with_its_card_for_its_owner_alone(
    onnx_file: Path, single_card: Cards, cache: ModelCache
) -> None:
    card, measured = add_model(onnx_file, single_card(), cache, threads=1)
    digest = sha256_of(onnx_file)
    assert card.identity == f"mine@{digest[:8]}"
    assert own_card("mine", cache) == card
    assert cache.graph(card).read_bytes() == onnx_file.read_bytes()
    folder = cache.folder(card)
    assert modes(folder) == {"model.onnx": 0o600, "card.yaml": 0o600, "measured.json": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert read_measured(folder) == measured
    assert yaml.safe_load((folder / "card.yaml").read_text())["source"]["sha256"] == digest
    assert sorted(left_over(cache)) == sorted([folder.name, *modes(folder)])


@pytest.fixture
def with_data(own_networks: ModuleType, tmp_path: Path) -> Path:
    """A file whose weights lie in w.data beside it."""
    folder = tmp_path / "given"
    folder.mkdir()
    model = own_networks.single()
    (folder / "w.data").write_bytes(own_networks.raw(model, "values"))
    return Path(own_networks.save(own_networks.external(model, "values", "w.data"), folder / "mine.onnx"))


@in_this_process
def test_weights_beside_the_file_are_kept_and_watched(with_data: Path, single_card: Cards, cache: ModelCache) -> None:
    card, _ = add_model(with_data, single_card(), cache, threads=1)
    assert set(modes(cache.folder(card))) == {"model.onnx", "w.data", "card.yaml", "measured.json"}
    assert set(modes(cache.folder(card)).values()) == {0o600}
    cache.graph(card)
    assert cache.size(card) == with_data.stat().st_size + 204
    (cache.folder(card) / "w.data").write_bytes(b"x" * 204)
    with pytest.raises(ModelMissing, match=r"is damaged: add it again with 'posestream models add'$"):
        cache.graph(card)


@in_this_process
def test_weights_lie_beside_the_name_that_was_given(with_data: Path, single_card: Cards, cache: ModelCache) -> None:
    blob = with_data.parent.parent / "blobs" / "aaaa"
    blob.parent.mkdir()
    with_data.rename(blob)
    with_data.symlink_to(Path("../blobs/aaaa"))
    card, _ = add_model(with_data, single_card(), cache, threads=1)
    assert (cache.folder(card) / "w.data").is_file()
    weights = with_data.with_name("w.data")
    weights.rename(blob.with_name("bbbb"))
    weights.symlink_to(Path("../blobs/bbbb"))
    with pytest.raises(InputError, match=r"its weights in 'w\.data': it is a symbolic link: copy both files \(cp -L\)"):
        add_model(with_data, single_card(name="other"), cache, threads=1)


@in_this_process
def test_other_weights_are_another_model(with_data: Path, single_card: Cards, cache: ModelCache) -> None:
    first, _ = add_model(with_data, single_card(), cache, threads=1)
    data = with_data.with_name("w.data")
    data.write_bytes(bytes(data.read_bytes()[:-4]) + b"\0\0\0\0")
    with pytest.raises(UsageError, match=r"^name: there is a model 'mine' already: take another .*--replace it$"):
        add_model(with_data, single_card(), cache, threads=1)
    second, _ = add_model(with_data, single_card(), cache, threads=1, replace=True)
    assert first.identity != second.identity
    assert own_names(cache) == ("mine",)
    assert own_card("mine", cache) == second
    assert not cache.folder(first).exists()


@in_this_process
def test_the_same_file_with_another_card_replaces(onnx_file: Path, single_card: Cards, cache: ModelCache) -> None:
    add_model(onnx_file, single_card(), cache, threads=1)
    add_model(onnx_file, single_card(summary="better said"), cache, threads=1, replace=True)
    assert own_card("mine", cache).summary == "better said"
    assert len(list((cache.root / "models").glob("[!.]*"))) == 1
    assert list((cache.root / "models").glob(".*")) == [cache.root / "models" / ".lock"]


@in_this_process
def test_who_was_quicker_with_a_name_keeps_it(
    own_networks: ModuleType, onnx_file: Path, single_card: Cards, cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = own_networks.save(own_networks.yolo((0, 0, 9, 9)), onnx_file.with_name("other.onnx"))
    work, first = add.in_child, []

    def overtaken(what: str, request: dict[str, Any], memory: int) -> dict[str, Any]:
        if not first:
            first.append(None)
            first[0] = add_model(other, ModelCard.model_validate(own_networks.YOLO | {"name": "mine"}), cache)
        return work(what, request, memory)

    monkeypatch.setattr(add, "in_child", overtaken)
    with pytest.raises(UsageError, match=r"^name: there is a model 'mine' already"):
        add_model(onnx_file, single_card(), cache, threads=1)
    assert own_card("mine", cache) == first[0][0]
    assert len(list(cache.root.glob("models/mine@*"))) == 1


@in_this_process
def test_two_who_keep_a_model_do_so_one_after_the_other(
    onnx_file: Path, single_card: Cards, cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, inside, together = add.keep, [], []

    def slowly(*args: object) -> None:
        inside.append(None)
        together.append(len(inside))
        time.sleep(0.2)
        keep(*args)  # type: ignore[arg-type]
        inside.pop()

    def attempt() -> str:
        try:
            return add_model(onnx_file, single_card(), cache, threads=1)[0].name
        except UsageError as exc:
            return str(exc)

    monkeypatch.setattr(add, "keep", slowly)
    with ThreadPoolExecutor(2) as both:
        ends = sorted(future.result() for future in [both.submit(attempt), both.submit(attempt)])
    assert ends[0] == "mine"
    assert ends[1].startswith("name: there is a model 'mine' already")
    assert together == [1]


@pytest.mark.parametrize("name", ["nanodet", "movenet-thunder", "fast", "accurate"])
def test_names_of_posestreams_own_are_refused(
    onnx_file: Path, single_card: Cards, cache: ModelCache, name: str
) -> None:
    said = f"name: '{name}' is a model or preset of posestream's own: give yours another"
    with pytest.raises(UsageError, match=f"^{said}$"):
        add_model(onnx_file, single_card(name=name), cache, replace=True)


def test_a_card_of_a_package_is_refused(
    onnx_file: Path, cache: ModelCache, make_card: Callable[..., ModelCard]
) -> None:
    with pytest.raises(UsageError, match=r"wanted source\.kind file$"):
        add_model(onnx_file, make_card({"a.json": b"a", "a.bin": b"b"}), cache)


@in_this_process
def test_boxes_come_from_a_model_that_is_there(
    own_networks: ModuleType, onnx_file: Path, single_card: Cards, cache: ModelCache
) -> None:
    with pytest.raises(UsageError, match=r"^boxes: unknown model 'finder': there are .*, posenet, centernet$"):
        add_model(onnx_file, single_card(boxes="finder"), cache)
    with pytest.raises(UsageError, match=r"^boxes: 'movenet-thunder' looks at crops"):
        add_model(onnx_file, single_card(boxes="movenet-thunder"), cache)
    finder = own_networks.save(own_networks.multi((0, 0, 1, 1)), onnx_file.with_name("finder.onnx"))
    add_model(finder, ModelCard.model_validate(own_networks.MULTI), cache, threads=1)
    for boxes in ("nanodet", "finder"):
        add_model(onnx_file, single_card(boxes=boxes), cache, threads=1, replace=True)


@in_this_process
def test_boxes_never_come_to_be_found_by_a_model_of_crops(
    own_networks: ModuleType, onnx_file: Path, single_card: Cards, cache: ModelCache
) -> None:
    finder = own_networks.save(own_networks.multi((0, 0, 1, 1)), onnx_file.with_name("finder.onnx"))
    card = ModelCard.model_validate(own_networks.MULTI)
    add_model(finder, card, cache, threads=1)
    with pytest.raises(UsageError, match=r"^boxes: a model cannot find its own boxes$"):
        add_model(onnx_file, single_card(name="finder", boxes="finder"), cache, replace=True)
    add_model(onnx_file, single_card(boxes="finder"), cache, threads=1)
    with pytest.raises(UsageError, match=r"^task: model 'mine' finds its boxes by 'finder': wanted no model of crops"):
        add_model(onnx_file, single_card(name="finder"), cache, replace=True)
    assert own_card("finder", cache).task is card.task
    add_model(finder, card, cache, threads=1, replace=True)  # whole pictures: as before
    (cache.folder(own_card("mine", cache)) / "card.yaml").write_text("name: [")
    add_model(onnx_file, single_card(name="finder"), cache, threads=1, replace=True)  # nobody needs its boxes


@in_this_process
def test_a_sha256_in_the_card_is_held_to(onnx_file: Path, single_card: Cards, cache: ModelCache) -> None:
    digest = sha256_of(onnx_file)
    source = {"kind": "file", "origin": "me", "sha256": digest}
    add_model(onnx_file, single_card(source=source), cache, threads=1)
    wrong = source | {"sha256": "0" * 64}
    said = f"its sha256 is {digest}, the card says {'0' * 64}: another file, or a damaged one"
    with pytest.raises(InputError, match=f"^{onnx_file}: {said}$"):
        add_model(onnx_file, single_card(source=wrong, name="other"), cache, threads=1)


@in_this_process
def test_the_sha256_of_the_weights_is_held_to(with_data: Path, single_card: Cards, cache: ModelCache) -> None:
    source: dict[str, Any] = {"kind": "file", "origin": "me", "sha256": sha256_of(with_data)}
    source["data"] = {"w.data": sha256_of(with_data.with_name("w.data"))}
    add_model(with_data, single_card(source=source), cache, threads=1)
    source["data"] = {"w.data": "0" * 64}
    with pytest.raises(InputError, match=r"the weights beside it are not those that the card says"):
        add_model(with_data, single_card(source=source, name="other"), cache, threads=1)


def hostile(own: ModuleType, folder: Path) -> dict[str, tuple[Path, str]]:
    """The corpus: name -> the file and what is said of it."""
    values = own.raw(own.single(), "values")
    secret = folder.parent / "secret"
    secret.write_bytes(values)
    (folder / "soft").symlink_to(secret)
    os.link(secret, folder / "hard")
    (folder / "short").write_bytes(values[:-1])
    whole = own.simcc().SerializeToString()
    (folder / "fifo.onnx").unlink(missing_ok=True)
    os.mkfifo(folder / "fifo.onnx")
    (folder / "half.onnx").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.onnx").write_bytes(b"")
    (folder / "pickle.onnx").write_bytes(b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.")
    huge = own.single()
    huge.graph.initializer[1].dims[:] = [50_000, 50_000]
    library = own.model([own.helper.make_node("Run", ["x"], ["y"], domain="evil")], {"y": [1]}, [], (1, 3, 64, 64))
    elsewhere = "wanted the plain name of a file in the same folder"
    made = {
        "up": (own.external(own.single(), "values", "../secret"), elsewhere),
        "absolute": (own.external(own.single(), "values", str(secret)), elsewhere),
        "soft_link": (own.external(own.single(), "values", "soft"), "'soft': it is a symbolic link"),
        "hard_link": (own.external(own.single(), "values", "hard"), "'hard': it is a hard link"),
        "too_short": (own.external(own.single(), "values", "short"), "wants 204 bytes from 0 on, 'short' has 203"),
        "not_there": (own.external(own.single(), "values", "none"), "cannot be read: No such file"),
        "hidden": (own.nested([], [own.external(own.single(), "values", "../secret").graph.initializer[1]]), elsewhere),
        "ten_gigabytes": (huge, "tensor 'values' declares 9 GiB"),
        "library": (library, "operator evil.Run is not of the ONNX standard"),
    }
    files = {name: (own.save(model, folder / f"{name}.onnx"), said) for name, (model, said) in made.items()}
    return files | {
        "half": (folder / "half.onnx", "not an ONNX file, or damaged"),
        "empty": (folder / "empty.onnx", "not an ONNX file, or damaged"),
        "pickle": (folder / "pickle.onnx", "not an ONNX file, or damaged"),
        "fifo": (folder / "fifo.onnx", "not a regular file"),
        "folder": (folder, "not a regular file"),
        "device": (Path("/dev/zero"), "not a regular file"),
        "none": (folder / "none.onnx", "cannot be read: No such file or directory"),
    }


NAMES = (
    "up", "absolute", "soft_link", "hard_link", "too_short", "not_there", "hidden", "ten_gigabytes", "library", "half",
    "empty", "pickle", "fifo", "folder", "device", "none",
)  # fmt: skip


@pytest.fixture
def corpus(own_networks: ModuleType, tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Hostile files by name."""
    folder = tmp_path / "given"
    folder.mkdir()
    found = hostile(own_networks, folder)
    assert set(found) == set(NAMES)
    return found


@in_this_process
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_is_refused_in_one_line_and_leaves_nothing(
    corpus: dict[str, tuple[Path, str]], single_card: Cards, cache: ModelCache, name: str
) -> None:
    path, said = corpus[name]
    with pytest.raises(InputError) as caught:
        add_model(path, single_card(), cache, threads=1)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert str(cache.root) not in str(caught.value)
    assert caught.value.exit_code == 3
    assert left_over(cache) == []


@in_this_process
@pytest.mark.filterwarnings("ignore:overflow encountered")  # weights of 1e37 are legal
def test_a_flipped_byte_anywhere_ends_in_one_line_or_in_a_model_that_runs(
    own_networks: ModuleType, single_card: Cards, cache: ModelCache, tmp_path: Path
) -> None:
    whole = own_networks.single().SerializeToString()
    path = tmp_path / "flipped.onnx"
    source = {"kind": "file", "origin": "me", "sha256": hashlib.sha256(whole).hexdigest()}
    ends = {"kept": 0, "refused": 0}
    for place in range(0, len(whole), 11):
        flipped = bytearray(whole)
        flipped[place] ^= 0x41
        path.write_bytes(flipped)
        try:
            add_model(path, single_card(), cache, threads=1, replace=True)
            ends["kept"] += 1
        except (PosestreamError, ValueError) as exc:  # the child makes an InputError of the latter
            ends["refused" if str(exc).isprintable() else "ugly"] += 1
        # A card that knows its file takes no other.
        with pytest.raises(InputError, match="another file, or a damaged one"):
            add_model(path, single_card(source=source, name="known"), cache, threads=1)
    assert min(ends.values()) > 0
    assert own_names(cache) == ("mine",)


@in_this_process
def test_outputs_that_do_not_fit_are_told_with_the_file(onnx_file: Path, single_card: Cards, cache: ModelCache) -> None:
    with pytest.raises(PosestreamError) as caught:
        add_model(onnx_file, single_card(decoder="movenet_multi"), cache, threads=1)
    said = (
        "movenet_multi: wanted one output of shape [1, 6, 56], got [1, 1, 17, 3]; does the card name the right decoder?"
    )
    assert str(caught.value) == f"{onnx_file}: {said}"
    assert left_over(cache) == []


@in_this_process
def test_a_cache_that_cannot_be_written(onnx_file: Path, single_card: Cards, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(PosestreamError, match=r"cannot keep the model: .*is there room, is it yours"):
        add_model(onnx_file, single_card(), ModelCache(tmp_path / "cache"), threads=1)


@in_this_process
def test_a_file_that_changes_after_the_look_changes_nothing(
    onnx_file: Path, single_card: Cards, cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = onnx_file.read_bytes()
    look = add.in_child

    def swap(what: str, request: dict[str, Any], memory: int) -> dict[str, Any]:
        onnx_file.write_bytes(b"something else")
        return look(what, request, memory)

    monkeypatch.setattr(add, "in_child", swap)
    card, _ = add_model(onnx_file, single_card(), cache, threads=1)
    assert cache.graph(card).read_bytes() == before


@pytest.mark.parametrize("name", ["up", "soft_link", "ten_gigabytes", "half"])
def test_the_real_child_refuses_as_well(
    corpus: dict[str, tuple[Path, str]], single_card: Cards, cache: ModelCache, name: str
) -> None:
    path, said = corpus[name]
    with pytest.raises(InputError) as caught:
        add_model(path, single_card(), cache, threads=1)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert left_over(cache) == []
