import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from inference.models.card import ModelCard, Task, load_card
from posestream.errors import ConfigError

Tree = dict[str, Any]


@pytest.fixture
def tree(make_card: Callable[..., ModelCard]) -> Tree:
    """A card that is right, as YAML holds it."""
    plain: Tree = make_card({"a.json": b"a", "a.bin": b"b"}).model_dump(mode="json", exclude_none=True)
    return plain


def written(folder: Path, tree: Tree) -> Path:
    path = folder / "card.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path


def test_a_card_is_read(tree: Tree, tmp_path: Path) -> None:
    card = load_card(written(tmp_path, tree))
    assert card.name == "tiny"
    assert card.task is Task.PERSON_BOXES
    assert card.input.size == (32, 48)
    assert card.identity == f"tiny@{tree['source']['files']['a.bin'][:8]}"


def change(path: str, value: object) -> Callable[[Tree], None]:
    def apply(tree: Tree) -> None:
        *way, last = path.split("/")
        for step in way:
            tree = tree[step]
        if value is KeyError:
            del tree[last]
        else:
            tree[last] = value

    return apply


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (change("name", KeyError), "name: this key is needed"),
        (change("name", "../x"), "name: "),
        (change("colour", "red"), "colour: unknown key"),
        (change("summary", ""), "summary: "),
        (change("summary", "x" * 2001), "summary: "),
        (change("licence/name", "x" * 2001), "licence.name: "),
        (change("licence/note", "x" * 2001), "licence.note: "),
        (change("source/origin", "x" * 2001), "source.origin: "),
        (change("task", "fly"), "task: "),
        (change("format", "onnx"), "format: "),
        (change("min_score", 2), "min_score: "),
        (change("source/files", {}), "source.files: "),
        (change("source/files", {"a.json": "0" * 64}), "source.files: "),
        (change("source/files/a.bin", "abc"), "source.files.a.bin: "),
        (change("source/tarball_bytes", 0), "source.tarball_bytes: "),
        (change("input/layout", "hwc"), "input.layout: "),
        (change("input/dtype", "int8"), "input.dtype: "),
        (change("input/size", [0, 50]), "input.size[0]: "),
        (change("input/size", [50]), "input.size"),
        (change("input/size", KeyError), "input: wanted either size or area"),
        (change("input/area", 100), "input: wanted either size or area"),
        (change("input/multiple", 0), "input.multiple: "),
        (change("input/std", [1, 0, 1]), "input.std[1]: "),
        (change("input/mean", [1, float("nan"), 1]), "input.mean[1]: "),
        (change("input/mean", [1, 1e7, 1]), "input.mean[1]: "),
        (change("input/mean", [1, -1e7, 1]), "input.mean[1]: "),
        (change("input/std", [1, 1e-7, 1]), "input.std[1]: "),
        (change("input/std", [1, 1e7, 1]), "input.std[1]: "),
        (change("input/std", [1, "2", 1]), "input.std[1]: "),
        (change("input/std", [1, True, 1]), "input.std[1]: "),
        (change("input/size", [1, 64]), "input.size[0]: "),
        (change("input/size", [64, 9000]), "input.size[1]: "),
        (change("input/size", [64, "64"]), "input.size[1]: "),
        (change("input/size", [64, 64.0]), "input.size[1]: "),
        (change("input/multiple", bool("true")), "input.multiple: "),
        (change("input/multiple", 257), "input.multiple: "),
        (change("input", {"layout": "nhwc", "dtype": "int32", "channels": "rgb", "area": 2**24 + 1}), "input.area: "),
        (change("input/pad", "0"), "input.pad: "),
        (change("input/padding", "1.25"), "input.padding: "),
        (change("min_score", "0.5"), "min_score: "),
        (change("min_score", bool("")), "min_score: "),
        (change("look", {"flip": 1}), "look.flip: "),
        (
            change("source", {"kind": "file", "origin": "me", "data": {"model.onnx": "0" * 64}}),
            "give that file another",
        ),
        (
            change("decoder", "openpose"),
            "card.yaml: decoder: got 'openpose', wanted a decoder of person-boxes, one of ",
        ),
        (change("decoder", "x" * 65), "decoder: "),
        (change("decoder", "movenet_multi"), "wanted a decoder of person-boxes"),
        (change("task", "crop-pose"), "wanted a decoder of crop-pose, one of "),
        (change("source", {}), "source: the key 'kind' is needed"),
        (change("source/kind", "http"), "card.yaml: source: kind: wanted file"),
        (change("source/kind", ["file"]), "card.yaml: source: kind: wanted file"),
        (change("source", {"kind": "file", "origin": "me"}), "format: wanted onnx for a source of kind file"),
        (change("source", {"kind": "file", "origin": "me", "sha256": "abc"}), "source.sha256: "),
        (change("source", {"kind": "file", "origin": "me", "data": {"../w": "0" * 64}}), "source.data.../w: "),
        (change("engine", "onnxruntime"), "engine onnxruntime is for format onnx"),
        (change("engine", "tensorflow"), "engine: "),
        (change("boxes", "nanodet"), "boxes and input.grid udp are for task crop-pose"),
        (change("input/grid", "udp"), "boxes and input.grid udp are for task crop-pose"),
        (change("input/grid", "dark"), "input.grid: "),
        (change("doubles", "alphapose"), "doubles: alphapose is for task crop-pose"),
        (change("doubles", "none"), "doubles: "),
        (change("look", {"flip": True}), "look: is for networks of joints"),
        (change("look", {"scales": [5]}), "look.scales[0]: "),
        (change("look", {"twice": True}), "look.twice: unknown key"),
        (change("input/fit", "left"), "input.fit: "),
        (change("input/pad", 256), "input.pad: "),
        (change("input/padding", 0.5), "input.padding: "),
        (change("input/plus", 1), "input: multiple and plus belong to area"),
        (change("input/size", [5000, 5000]), "input: wanted a size of at most 16777216 pixels"),
        (
            change("input", {"layout": "nhwc", "dtype": "int32", "channels": "rgb", "size": [8, 8], "std": [1, 1, 1]}),
            "input: mean and std need dtype float32",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_where(
    tree: Tree, tmp_path: Path, spoil: Callable[[Tree], None], said: str
) -> None:
    spoil(tree)
    with pytest.raises(ConfigError) as caught:
        load_card(written(tmp_path, tree))
    assert str(caught.value).startswith("card.yaml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_card_of_an_own_file_is_read(tree: Tree, tmp_path: Path) -> None:
    own = {"source": {"kind": "file", "origin": "made here"}, "format": "onnx", "engine": "onnxruntime"}
    card = load_card(written(tmp_path, tree | own))
    assert (card.source.kind, card.digest, card.engine) == ("file", "", "onnxruntime")


@pytest.mark.parametrize(
    ("task", "look", "size", "said"),
    [
        ("crop-pose", {"tiles": True}, {"size": [32, 48]}, "look: crops can be looked at mirrored only"),
        ("crop-pose", {"scales": [2]}, {"area": 100}, "look: crops can be looked at mirrored only"),
        ("picture-pose", {"scales": [2]}, {"size": [32, 48]}, "look: scales need an input of any size: input.area"),
        ("crop-pose", {"flip": True}, {"size": [32, 48]}, None),
        ("picture-pose", {"flip": True, "tiles": True}, {"size": [32, 48]}, None),
        ("picture-pose", {"scales": [0.5, 2]}, {"area": 100}, None),
    ],
)
def test_looks_are_for_what_can_be_looked_at_so(
    tree: Tree, tmp_path: Path, task: str, look: Tree, size: Tree, said: str | None
) -> None:
    tree["input"] = {"layout": "nhwc", "dtype": "float32", "channels": "rgb"} | size
    path = written(tmp_path, tree | {"task": task, "look": look, "decoder": "movenet_multi", "skeleton": "coco17"})
    if said is None:
        assert load_card(path).look is not None
    else:
        with pytest.raises(ConfigError, match=said):
            load_card(path)


@pytest.mark.parametrize("skeleton", [None, "coco99"])
def test_a_network_of_joints_needs_a_skeleton(tree: Tree, tmp_path: Path, skeleton: str | None) -> None:
    tree |= {"task": "crop-pose", "decoder": "movenet_single"} | ({"skeleton": skeleton} if skeleton else {})
    got = f"got '{skeleton}', " if skeleton else ""
    with pytest.raises(ConfigError, match=rf"^card\.yaml: skeleton: {got}wanted a skeleton, one of .*coco17"):
        load_card(written(tmp_path, tree))
    assert load_card(written(tmp_path, tree | {"skeleton": "coco17"})).skeleton == "coco17"


def test_each_mistake_has_its_line(tree: Tree, tmp_path: Path) -> None:
    tree["min_score"], tree["input"]["layout"] = 2, "hwc"
    with pytest.raises(ConfigError) as caught:
        load_card(written(tmp_path, tree))
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("card.yaml: ") for line in lines)


def test_thousands_of_mistakes_are_not_told_one_by_one(tree: Tree, tmp_path: Path) -> None:
    for number, said in ((20, 20), (21, 21), (5000, 21)):
        with pytest.raises(ConfigError) as caught:
            load_card(written(tmp_path, tree | {f"k{key}": 1 for key in range(number)}))
        lines = str(caught.value).splitlines()
        assert len(lines) == said
        assert lines[19].startswith("card.yaml: k")
        assert lines[-1] == "card.yaml: and 4980 more" if number == 5000 else True


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"text", b"a: [", b"\xff\xfe\x00", b"a: &x 1\nb: *x", b"!!python/object:os.system {}"]
)
def test_a_file_that_is_no_card_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "card.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_card(path)
    assert str(caught.value).startswith("card.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("min_score: 0100", "line 1: '0100': write a plain number"),
        ("min_score: 1:30", "line 1: '1:30': write a plain number"),
        ("<<: {min_score: 0.5}", "line 1: the merge key << is not allowed"),
    ],
)
def test_numbers_that_yaml_reads_as_others_are_refused(tree: Tree, tmp_path: Path, line: str, said: str) -> None:
    del tree["min_score"]
    path = written(tmp_path, tree)
    path.write_text(f"{line}\n{path.read_text()}")
    with pytest.raises(ConfigError) as caught:
        load_card(path)
    assert str(caught.value).startswith(f"card.yaml: {said}")


def test_a_card_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "zero").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ConfigError, match=r"^zero: larger than 65536 bytes: no card$"):
        load_card(tmp_path / "zero")


def test_a_card_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, Path("/dev/zero")):
        with pytest.raises(ConfigError, match=rf"^{path.name}: wanted a regular file$"):
            load_card(path)


def test_a_card_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^card\.yaml: cannot read the card: No such file"):
        load_card(tmp_path / "card.yaml")


def test_the_identity_changes_with_the_weights(make_card: Callable[..., ModelCard]) -> None:
    one, other = make_card({"a.json": b"a", "a.bin": b"b"}), make_card({"a.json": b"a", "a.bin": b"c"})
    assert one.identity != other.identity
