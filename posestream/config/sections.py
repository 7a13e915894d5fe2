"""The smaller parts of the config file."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from posestream.config.base import Section


class ModelConfig(Section):
    """Which network looks at the pictures."""

    preset: Literal["fast", "accurate"] = Field(
        default="accurate", description="fast: one run a frame, up to 6 persons; accurate: any number of persons"
    )
    device: Literal["auto", "cpu"] = Field(default="auto", description="Where it runs; auto takes the best there is")
    threads: int = Field(default=0, ge=0, le=256, description="Threads of inference; 0: one for each core")
    detector_every: int = Field(
        default=0, ge=0, le=100, description="accurate: look for new persons every Nth frame; 0: as load allows"
    )


class StoreConfig(Section):
    """Where series and alerts are kept."""

    kind: Literal["sqlite"] = Field(default="sqlite", description="One file, no server")
    path: Path = Field(default=Path("posestream.db"), description="The file, relative to the data folder")

    @field_validator("path")
    @classmethod
    def _is_a_file(cls, path: Path) -> Path:
        if not path.name:
            raise ValueError("wanted the name of a file")
        return path


class ServeConfig(Section):
    """The live page."""

    bind: Literal["127.0.0.1", "::1", "localhost"] = Field(
        default="127.0.0.1", description="Address to listen on; only this machine until there are users and tokens"
    )
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one")
