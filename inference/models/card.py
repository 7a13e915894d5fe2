"""A model's card: where its weights come from, what it eats and who reads its answer."""

import os
import stat
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from inference.models.plain_yaml import refuse_surprises
from inference.models.sources import FileSource, Source, Text
from posestream.config.base import Name, Section
from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.strict_yaml import strict_yaml
from posestream.errors import ConfigError
from posestream.skeletons import SKELETONS
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS

Side = Annotated[int, Field(ge=8, le=8192, strict=True)]
Deviation = Annotated[float, Field(ge=1e-6, le=1e6, strict=True)]
Mean = Annotated[float, Field(ge=-1e6, le=1e6, strict=True)]
CROP_PADDING = 1.15  # of 1.15, 1.25 and 1.35 the best for MoveNet on COCO (benchmarks/reports/models)
MOST_PIXELS = 2**24  # of an input: 4096 x 4096
_LARGEST_CARD = 2**16
_MOST_LINES = 20  # of mistakes: who brings something else altogether shall not read thousands
LARGEST_KEPT = 2**22
"""Bytes of a card in the cache: it has the sha256 of each file of weights."""
Fit = Literal["top-left", "centre", "stretch"]
Grid = Literal["edges", "centres", "udp"]


class Task(StrEnum):
    """What a network does in a composition."""

    PICTURE_POSE = "picture-pose"  # whole picture -> persons with joints
    CROP_POSE = "crop-pose"  # one person's crop -> joints
    PERSON_BOXES = "person-boxes"  # whole picture -> boxes of persons


class LicenceCard(Section):
    """What the weights may be used for, as far as their makers say."""

    name: Text
    note: Text


class InputCard(Section):
    """The input tensor, batch 1: (channel - mean) / std of pixels 0..255."""

    layout: Literal["nhwc", "nchw"]
    dtype: Literal["int32", "float32"]
    channels: Literal["rgb", "bgr"]
    size: tuple[Side, Side] | None = Field(default=None, description="Fixed height and width in pixels")
    area: Annotated[int, Field(gt=0, le=MOST_PIXELS, strict=True)] | None = Field(
        default=None, description="Or: about so many pixels in the picture's aspect"
    )
    multiple: int = Field(default=1, ge=1, le=256, strict=True, description="With area: sides are multiples of this")
    plus: int = Field(default=0, ge=0, le=1, strict=True, description="With area: and this more (PoseNet: 16 n + 1)")
    mean: tuple[Mean, Mean, Mean] | None = Field(default=None, description="Taken off each channel, in order")
    std: tuple[Deviation, Deviation, Deviation] | None = Field(default=None, description="Then divided by this")
    fit: Fit = Field(default="top-left", description="Whole pictures: where they lie in the input, or stretch")
    pad: int = Field(
        default=0, ge=0, le=255, strict=True, description="Whole pictures: grey of what the picture leaves free"
    )
    padding: float = Field(
        default=CROP_PADDING, ge=1, le=3, strict=True, description="Crops: side of the crop over the box's"
    )
    grid: Grid = Field(
        default="edges",
        description="The decoder's places: edges: pixel i covers i to i + 1; centres: i is the middle of pixel i; "
        "udp: likewise, and crops end in the middles of their outermost pixels",
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.size is None) == (self.area is None):
            raise ValueError("wanted either size or area")
        if self.size is not None and self.size[0] * self.size[1] > MOST_PIXELS:
            raise ValueError(f"wanted a size of at most {MOST_PIXELS} pixels")
        if self.size is not None and (self.multiple > 1 or self.plus):
            raise ValueError("multiple and plus belong to area: a fixed size stays what it is")
        if self.dtype == "int32" and (self.mean is not None or self.std is not None):
            raise ValueError("mean and std need dtype float32")
        return self


class LookCard(Section):
    """Further looks at the same picture: better answers that take longer."""

    flip: bool = Field(default=False, strict=True, description="Mirrored, too: twice the time")
    tiles: bool = Field(
        default=False, strict=True, description="Whole pictures: four parts of it, too: small persons are larger"
    )
    scales: tuple[Annotated[float, Field(ge=0.1, le=4, strict=True)], ...] = Field(
        default=(), max_length=4, description="Whole pictures with input.area: its sides times these, too"
    )


class ModelCard(Section):
    """Everything about a network but its weights."""

    name: Name
    summary: Text
    task: Task
    source: Source
    format: Literal["tfjs", "onnx"]
    engine: Literal["openvino", "onnxruntime"] = Field(default="openvino", description="What computes it")
    licence: LicenceCard
    input: InputCard
    decoder: str = Field(max_length=64, description="Name in postprocess.decoders: of POSE_DECODERS or BOX_DECODERS")
    skeleton: Name | None = Field(default=None, description="The joints' skeleton, for pose networks")
    min_score: float = Field(
        ge=0, le=1, strict=True, description="Persons or boxes below this are dropped by the decoder"
    )
    boxes: Name | None = Field(
        default=None, description="crop-pose: the model that finds the boxes; default: those of preset accurate"
    )
    doubles: Literal["oks", "alphapose"] = Field(
        default="oks",
        description="crop-pose: two finds of one person: oks: the better stays; alphapose: their joints are merged",
    )
    look: LookCard | None = Field(default=None, description="Further looks at the same picture")

    @model_validator(mode="after")
    def _known_decoder(self) -> Self:
        decoders = BOX_DECODERS if self.task is Task.PERSON_BOXES else POSE_DECODERS
        if self.decoder not in decoders:
            raise ValueError(
                f"decoder: got '{self.decoder}', wanted a decoder of {self.task.value}, one of {', '.join(decoders)}"
            )
        if self.task is not Task.PERSON_BOXES and self.skeleton not in SKELETONS:
            got = f"got '{self.skeleton}', " if self.skeleton else ""
            raise ValueError(f"skeleton: {got}wanted a skeleton, one of {', '.join(SKELETONS)}")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if isinstance(self.source, FileSource) != (self.format == "onnx"):
            raise ValueError("format: wanted onnx for a source of kind file, tfjs for npm")
        if self.engine == "onnxruntime" and self.format != "onnx":
            raise ValueError("engine onnxruntime is for format onnx")
        if self.task is not Task.CROP_POSE and (self.boxes is not None or self.input.grid == "udp"):
            raise ValueError("boxes and input.grid udp are for task crop-pose")
        if self.task is not Task.CROP_POSE and self.doubles != "oks":
            raise ValueError("doubles: alphapose is for task crop-pose")
        return self

    @model_validator(mode="after")
    def _looks_fit(self) -> Self:
        if self.look is None:
            return self
        if self.task is Task.PERSON_BOXES:
            raise ValueError("look: is for networks of joints")
        if self.task is Task.CROP_POSE and (self.look.tiles or self.look.scales):
            raise ValueError("look: crops can be looked at mirrored only: tiles and scales are for picture-pose")
        if self.look.scales and self.input.area is None:
            raise ValueError("look: scales need an input of any size: input.area")
        return self

    @property
    def digest(self) -> str:
        """Eight letters that change when the weights do."""
        return self.source.weights[:8]

    @property
    def identity(self) -> str:
        """Name and digest: ``nanodet@5d0e4f8c``."""
        return f"{self.name}@{self.digest}"


def load_card(path: Path, largest: int = _LARGEST_CARD) -> ModelCard:
    """Read a card of at most so many bytes; raises ConfigError with one line per mistake."""
    try:
        text = _read(path, largest)
        tree = strict_yaml(text)
        refuse_surprises(text)
        return ModelCard.model_validate(tree)
    except ValidationError as exc:
        lines = [f"{path.name}: {mistake}" for mistake in mistakes_of(exc)]
    except OSError as exc:
        lines = [f"{path.name}: cannot read the card: {exc.strerror}"]
    except ValueError as exc:
        lines = [f"{path.name}: {exc}"]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"{path.name}: and {len(lines) - _MOST_LINES} more"]
    raise ConfigError("\n".join(one_line(line) for line in lines))


def _read(path: Path, largest: int) -> str:
    # A pipe would let its reader wait for ever: opened without waiting, and then looked at.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("wanted a regular file")
        content = os.read(descriptor, largest + 1)
    finally:
        os.close(descriptor)
    if len(content) > largest:
        raise ValueError(f"larger than {largest} bytes: no card")
    return content.decode("utf-8")
