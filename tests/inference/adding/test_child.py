import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from onnx import helper

from inference.adding.child import in_child
from inference.adding.limits import memory_for
from inference.models.card import ModelCard
from posestream.errors import InputError, PosestreamError, UsageError

Cards = Callable[..., ModelCard]
ENOUGH = memory_for(10_000, 1)


def order(card: ModelCard, graph: Path) -> dict[str, object]:
    return {"card": card.model_dump(mode="json"), "graph": str(graph), "threads": 1}


def test_a_child_answers(onnx_file: Path, single_card: Cards) -> None:
    assert in_child("check", order(single_card(), onnx_file), ENOUGH)["outputs"] == [[1, 1, 17, 3]]


def test_a_childs_error_is_the_parents(onnx_file: Path, single_card: Cards, tmp_path: Path) -> None:
    with pytest.raises(PosestreamError, match=r"^movenet_multi: wanted one output of shape \[1, 6, 56\]"):
        in_child("check", order(single_card(decoder="movenet_multi"), onnx_file), ENOUGH)
    request = {"card": order(single_card(), onnx_file)["card"], "beside": "/", "folder": str(tmp_path), "threads": 1}
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(InputError, match=r"^not an ONNX file, or damaged$"):
        in_child("add", request, ENOUGH)
    assert UsageError.exit_code == 2


def test_what_a_library_raises_is_one_line(single_card: Cards) -> None:
    request = order(single_card(), Path("none"))
    with pytest.raises(InputError, match=r"^TypeError: .*unexpected keyword argument 'colour'$"):
        in_child("check", request | {"colour": "red"}, ENOUGH)


def test_a_thousand_files_of_weights_are_answered_for(
    own_networks: ModuleType, single_card: Cards, tmp_path: Path
) -> None:
    given, ours = tmp_path / "given", tmp_path / "ours"
    given.mkdir()
    ours.mkdir()
    model = own_networks.single()
    names = [f"{number:04}".ljust(100, "x") for number in range(1000)]
    for name in names:
        (given / name).write_bytes(b"\0\0\0\0")
        model.graph.initializer.append(own_networks.tensor(name, 0.0))
        own_networks.external(model, name, name)
    own_networks.save(model, ours / "model.onnx")
    request = {"card": order(single_card(), given)["card"], "beside": str(given), "folder": str(ours), "threads": 1}
    assert sorted(in_child("add", request, ENOUGH)["data"]) == names  # an answer of more than a pipe holds


def test_a_child_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "secret: $CAMERA_PASSWORD" >&2\nexit 7\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    monkeypatch.setenv("CAMERA_PASSWORD", "a")
    with pytest.raises(InputError, match=r"ended with code 7: secret:$"):
        in_child("check", {}, ENOUGH)


def test_a_child_that_is_not_ours_does_nothing() -> None:
    order = json.dumps({"what": "check", "request": {}, "memory": ENOUGH, "seconds": 9, "parent": 1})
    command = [sys.executable, "-P", "-m", "inference.adding.child"]
    done = subprocess.run(command, input=order, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")


def test_an_order_may_be_longer_than_an_argument(onnx_file: Path, single_card: Cards) -> None:
    data = {f"{number:04}".ljust(100, "x"): "0" * 64 for number in range(1000)}
    card = single_card(source={"kind": "file", "origin": "me", "data": data})
    assert in_child("check", order(card, onnx_file), ENOUGH)["outputs"] == [[1, 1, 17, 3]]


def test_what_a_child_writes_fills_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nhead -c 100000000 /dev/zero\nhead -c 50000000 /dev/zero >&2\necho last >&2\nexit 7\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"ended with code 7: \?+last$"):
            in_child("check", {}, ENOUGH)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_ten_gigabytes_that_appear_only_when_it_runs(
    own_networks: ModuleType, single_card: Cards, tmp_path: Path
) -> None:
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        helper.make_node("Add", ["big", "mean"], ["bigger"]),
        helper.make_node("ReduceMax", ["bigger"], ["one"], keepdims=0),
        helper.make_node("Add", ["one", "values"], ["answer"]),
    ]
    weights = [own_networks.tensor("shape", [50_000, 50_000]), own_networks.tensor("values", np.zeros((1, 1, 17, 3)))]
    model = own_networks.model(nodes, {"answer": [1, 1, 17, 3]}, weights, (1, 3, 64, 64))
    path = own_networks.save(model, tmp_path / "a.onnx")
    with pytest.raises(InputError, match=r"^it takes more than the 4\.3 GiB of memory that are enough for its size$"):
        in_child("check", order(single_card(), path), ENOUGH)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("kill -SEGV $$", "the engine crashed on it (signal 11, Segmentation fault)"),
        ("kill -ABRT $$", "the engine crashed on it (signal 6, Aborted)"),
        ("kill -KILL $$", "the process that tried it was killed: most likely it took too much memory"),
        ("exit 7", "the process that tried it ended with code 7"),
        ("echo first >&2; echo ' last ' >&2; echo >&2; exit 7", "the process that tried it ended with code 7: last"),
        ("exit 0", "the process that tried it ended with code 0"),
        ("printf half", "the process that tried it ended with code 0"),
    ],
)
def test_a_child_that_dies_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(InputError) as caught:
        in_child("check", {}, ENOUGH)
    assert str(caught.value) == said


def test_a_child_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(PosestreamError, match=r"^the process that tries it cannot be started: No such file or dir"):
        in_child("check", {}, ENOUGH)


def test_a_child_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    start = time.monotonic()
    with pytest.raises(InputError, match=r"^not done after 0 s: given up$"):
        in_child("check", {}, ENOUGH, deadline=0.2)
    assert time.monotonic() - start < 30
