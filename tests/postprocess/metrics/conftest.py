"""A person of known size: what each figure must be can be said by hand."""

from collections.abc import Callable
from typing import Any

import pytest

# x, y of the 17 joints, relative to the person's corner. The middle of the shoulders is 50 px above that of the hips,
# so PCK reaches 10 px; the area of 100 x 100 px makes the scale of OKS 100 px.
JOINTS = [
    (50, 10), (55, 5), (45, 5), (60, 8), (40, 8), (70, 40), (30, 40), (80, 70), (20, 70), (80, 95), (20, 95),
    (65, 90), (35, 90), (65, 130), (35, 130), (65, 175), (35, 175),
]  # fmt: skip

Row = dict[str, Any]


@pytest.fixture
def labelled() -> Callable[..., Row]:
    """Make an annotation: labelled(at=(x, y), v=2 or a list of 17, any field of COCO)."""

    def make(at: tuple[float, float] = (100, 100), v: int | list[int] = 2, **fields: object) -> Row:
        seen = [v] * 17 if isinstance(v, int) else v
        points = [n for (x, y), mark in zip(JOINTS, seen, strict=True) for n in (x + at[0], y + at[1], mark)]
        row: Row = {"id": int(at[0] * 1000 + at[1]), "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 10000.0}
        return row | {"keypoints": points, "bbox": [at[0], at[1], 100, 180]} | fields

    return make


@pytest.fixture
def found() -> Callable[..., Row]:
    """Make a result that fits a person: found(at=(x, y), moved={joint: (dx, dy)}, joint_score=…, any field)."""

    def make(
        at: tuple[float, float] = (100, 100),
        moved: dict[int, tuple[float, float]] | None = None,
        joint_score: float = 0.9,
        **fields: object,
    ) -> Row:
        points: list[float] = []
        for joint, (x, y) in enumerate(JOINTS):
            dx, dy = (moved or {}).get(joint, (0, 0))
            points += [x + at[0] + dx, y + at[1] + dy, joint_score]
        return {"image_id": 1, "category_id": 1, "score": 0.9, "keypoints": points} | fields

    return make


@pytest.fixture
def tree() -> Callable[..., Row]:
    """Make a truth file's content: tree(annotation, …, images=n)."""

    def make(*annotations: Row, images: int = 1) -> Row:
        return {
            "images": [{"id": number + 1, "file_name": f"{number + 1}.jpg"} for number in range(images)],
            "annotations": list(annotations),
            "categories": [{"id": 1, "name": "person"}],
        }

    return make
