"""Where a model's weights come from."""

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from posestream.config.base import Section

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
"""What a card says in words."""
GRAPH_FILE = "model.onnx"
OUR_FILES = frozenset({GRAPH_FILE, "card.yaml", "measured.json", "manifest.json"})
"""Names in a model's folder that no file of weights may have."""


def _free_name(name: str) -> str:
    if name in OUR_FILES:
        raise ValueError("give that file another name")
    return name


DataFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"), AfterValidator(_free_name)]


class NpmSource(Section):
    """A package of the npm registry and the files in it, by sha256."""

    kind: Literal["npm"] = "npm"
    package: str
    version: str
    tarball_bytes: int = Field(gt=0, strict=True, description="Size of the download, for the progress bar")
    files: dict[str, Sha256] = Field(
        min_length=2, description="Path inside the package -> sha256; the first is the topology"
    )
    origin: Text = Field(description="Who made the network")

    @property
    def place(self) -> str:
        """Where it is fetched: ``PACKAGE@VERSION``."""
        return f"{self.package}@{self.version}"

    @property
    def weights(self) -> str:
        """A sha256 that changes when the weights do."""
        return list(self.files.values())[-1]


class FileSource(Section):
    """An ONNX file of the user's own, brought by ``models add``."""

    kind: Literal["file"] = "file"
    sha256: Sha256 | None = Field(default=None, description="Of the ONNX file; if left out, that of the file given")
    data: dict[DataFile, Sha256] = Field(default={}, description="Files beside it that hold weights -> sha256")
    origin: Text = Field(description="Who made the network")

    @property
    def place(self) -> str:
        """Where it comes from, as the table says it."""
        return "own file"

    @property
    def files(self) -> dict[str, str]:
        """Name in the cache -> sha256; empty as long as the file is unknown."""
        return {GRAPH_FILE: self.sha256, **self.data} if self.sha256 else {}

    @property
    def weights(self) -> str:
        """A sha256 that changes when the graph or the weights do; empty as long as the file is unknown."""
        if not self.data:
            return self.sha256 or ""
        return hashlib.sha256("".join(self.files.values()).encode()).hexdigest()


def _known_kind(source: object) -> object:
    if isinstance(source, dict) and source.get("kind", "file") not in ("npm", "file"):
        raise ValueError("kind: wanted file")
    return source


Source = Annotated[NpmSource | FileSource, Field(discriminator="kind"), BeforeValidator(_known_kind)]
