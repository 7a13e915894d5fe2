"""The templates under deploy/models: each is a card that loads, and its system's licence is named."""

from pathlib import Path
from types import ModuleType

import pytest
import yaml

from inference.models import BUILT_IN
from inference.models.card import ModelCard, Task, load_card
from inference.presets import PRESETS
from posestream.skeletons import SKELETONS
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS

FOLDER = Path(__file__).parents[3] / "deploy" / "models"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SYSTEMS = {
    "openpose-coco18", "openpose-body25", "posenet", "hrnet", "hrnet-dark", "vitpose", "keypoint-rcnn", "alphapose",
    "rtmpose", "rtmo", "yolo-pose", "yolo-pose-26", "openpifpaf", "movenet", "yolo-boxes", "rtmdet", "centernet",
    "blazepose",
}  # fmt: skip


def test_each_system_has_a_template() -> None:
    assert set(TEMPLATES) >= SYSTEMS


@pytest.fixture(params=TEMPLATES)
def template(request: pytest.FixtureRequest) -> Path:
    """A template whose decoder and skeleton are there."""
    path = FOLDER / f"{request.param}.yaml"
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    known = plain["decoder"] in {*POSE_DECODERS, *BOX_DECODERS} and plain.get("skeleton", "coco17") in SKELETONS
    if not known:
        pytest.skip(f"{plain['decoder']} or {plain.get('skeleton')} is not registered")
    return path


def test_a_template_is_a_card(template: Path) -> None:
    card = load_card(template)
    assert card.name == template.stem
    assert card.name not in {*BUILT_IN, *PRESETS}
    assert (card.format, card.source.kind, card.digest) == ("onnx", "file", "")
    assert card.licence.name in card.licence.note or card.licence.note


def test_what_its_comments_offer_is_right_too(template: Path, tmp_path: Path) -> None:
    text = template.read_text(encoding="utf-8")
    offered = text.replace("# boxes: ", "boxes: ").replace("# look: ", "look: ")
    (tmp_path / template.name).write_text(offered.replace("# sha256: …", f"sha256: {'ab' * 32}"))
    card = load_card(tmp_path / template.name)
    assert (card.boxes == "nanodet") == (card.task is Task.CROP_POSE)
    assert card.digest == "ab" * 4


def test_licences_that_bite_are_named_where_they_are_read_first() -> None:
    for name in TEMPLATES:
        text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
        head = text[: text.index("\nname: ")]
        for system, word in (("openpose", "NON-COMMERCIAL"), ("alphapose", "NON-COMMERCIAL"), ("yolo", "AGPL-3.0"),
                             ("openpifpaf", "AGPL-3.0")):  # fmt: skip
            assert (word in head) == (system in name) or system not in name


def test_crops_of_the_hrnet_family_are_wide_and_counted_as_it_was_trained() -> None:
    for name in ("hrnet", "hrnet-dark", "vitpose", "alphapose", "rtmpose"):
        plain = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["input"]
        assert (plain["padding"], plain["size"]) == (1.25, [256, 192])
        assert plain["grid"] == ("udp" if name == "vitpose" else "centres")


def test_the_networks_of_the_tests_are_fed_as_rtmposes_template_says(own_networks: ModuleType) -> None:
    plain = yaml.safe_load((FOLDER / "rtmpose.yaml").read_text(encoding="utf-8"))
    assert plain["input"] == own_networks.CARD["input"]
    assert {"task", "decoder", "skeleton"} <= set(ModelCard.model_fields)
