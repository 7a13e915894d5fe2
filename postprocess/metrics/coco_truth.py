"""The truth of a COCO keypoint file: images and labelled persons, checked once, read-only after.

K is the number of keypoints of the skeleton.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posestream.errors import InputError
from posestream.schemas.checks import freeze_arrays
from posestream.skeletons import COCO17, Skeleton
from postprocess.metrics.coco_fields import (
    PERSON,
    field_of,
    finite_number,
    finite_numbers,
    list_of,
    object_of,
    whole_number,
)

AREA_SHARE = 0.53
"""Mean share of its box that a person fills: stands for the area where a file gives none, as CrowdPose does."""


@dataclass(frozen=True)
class TruthImage:
    """An image of the truth; ``file_name`` is empty and sizes are 0 where the file does not say."""

    id: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class TruthPerson:
    """A labelled person.

    keypoints (K, 3): x, y in px and COCO's v (0 not labelled, 1 covered, 2 seen); box (4,): x, y, width, height px;
    ``area`` px² of the person's outline; ``crowd``: the box is a group that nobody took apart.
    """

    image_id: int
    keypoints: NDArray[np.float64]
    box: NDArray[np.float64]
    area: float
    crowd: bool

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        freeze_arrays(self, {"keypoints": (np.float64, (None, 3)), "box": (np.float64, (4,))})

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Mask (K,) of the joints that somebody labelled, covered ones included."""
        mask: NDArray[np.bool_] = self.keypoints[:, 2] > 0
        return mask

    @property
    def counts(self) -> bool:
        """Whether COCO asks for this person: not a crowd and at least one labelled joint."""
        return not self.crowd and bool(self.labelled.any())


@dataclass(frozen=True, eq=False)
class CocoTruth:
    """All images and persons of a truth file, in the file's order."""

    skeleton: Skeleton
    images: tuple[TruthImage, ...]
    persons: tuple[TruthPerson, ...]

    @property
    def image_ids(self) -> tuple[int, ...]:
        """The ids of all images, those without persons included."""
        return tuple(image.id for image in self.images)

    def persons_of(self, image_id: int) -> tuple[TruthPerson, ...]:
        """Give the persons of one image, crowds and unlabelled ones included."""
        return tuple(person for person in self.persons if person.image_id == image_id)


def read_truth(tree: object, skeleton: Skeleton = COCO17) -> CocoTruth:
    """Check the parsed JSON of a COCO keypoint file and give it typed.

    Annotations of other categories than the person (1) are left out. A person without ``area`` is given
    .53 of the box.

    Raises:
        InputError: one line that names the place and what was wanted.
    """
    root = object_of(tree, "truth")
    rows = list_of(field_of(root, "images", "truth"), "images")
    images = tuple(_image(row, f"images[{number}]") for number, row in enumerate(rows))
    if not images:
        raise InputError("images: wanted at least one image, got none")
    known = {image.id for image in images}
    if len(known) != len(images):
        raise InputError("images: wanted unique ids, an id stands twice")
    persons = []
    seen: set[int] = set()
    for number, row in enumerate(list_of(field_of(root, "annotations", "truth"), "annotations")):
        where = f"annotations[{number}]"
        item = object_of(row, where)
        identity = whole_number(item, "id", where)
        if identity in seen:
            raise InputError(f"{where}.id: wanted unique ids, {identity} stands twice")
        seen.add(identity)
        if whole_number(item, "category_id", where) == PERSON:
            persons.append(_person(item, where, known, len(skeleton.keypoints)))
    return CocoTruth(skeleton, images, tuple(persons))


def _image(row: object, where: str) -> TruthImage:
    item = object_of(row, where)
    name = item.get("file_name", "")
    if not isinstance(name, str):
        raise InputError(f"{where}.file_name: wanted a text, got a {type(name).__name__}")
    width, height = (whole_number(item, key, where) if key in item else 0 for key in ("width", "height"))
    return TruthImage(whole_number(item, "id", where), name, width, height)


def _person(item: Mapping[str, Any], where: str, known: set[int], joints: int) -> TruthPerson:
    image_id = whole_number(item, "image_id", where)
    if image_id not in known:
        raise InputError(f"{where}.image_id: there is no image {image_id}")
    keypoints = finite_numbers(field_of(item, "keypoints", where), joints * 3, f"{where}.keypoints")
    box = finite_numbers(field_of(item, "bbox", where), 4, f"{where}.bbox")
    if min(box[2:]) < 0:
        raise InputError(f"{where}.bbox: wanted width and height of at least 0, got {box[2]:g} and {box[3]:g}")
    area = finite_number(item["area"], f"{where}.area") if "area" in item else AREA_SHARE * box[2] * box[3]
    if area < 0:
        raise InputError(f"{where}.area: wanted at least 0, got {area:g}")
    crowd = item.get("iscrowd", 0)
    if crowd not in (0, 1):
        raise InputError(f"{where}.iscrowd: wanted 0 or 1, got something else")
    return TruthPerson(
        image_id=image_id,
        keypoints=np.array(keypoints, np.float64).reshape(joints, 3),
        box=np.array(box, np.float64),
        area=area,
        crowd=bool(crowd),
    )
