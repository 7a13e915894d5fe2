"""The smaller parts of the config file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from posestream.config.base import Name, Section
from posestream.durations import Duration


class ModelConfig(Section):
    """Which network looks at the pictures."""

    preset: Name = Field(
        default="accurate",
        description="fast: one run a frame, up to 6 persons; accurate: any number; 3d: 33 keypoints, in metres, too; "
        "or a model that you added",
    )
    device: Literal["auto", "cpu", "gpu"] = Field(
        default="auto", description="Where it runs; auto: the CPU; gpu: TensorRT (docs/gpu.md)"
    )
    threads: int = Field(default=0, ge=0, le=256, description="Threads of inference; 0: one for each core")
    detector_every: int = Field(
        default=0, ge=0, le=100, description="accurate: look for new persons every Nth frame; 0: as load allows"
    )
    batch_wait: Duration = Field(
        default=0.0, le=1, description="How long a picture waits for those of other cameras in infer; 0s: not at all"
    )


class SqliteStoreConfig(Section):
    """Series and alerts in one file: no server."""

    kind: Literal["sqlite"] = Field(default="sqlite", description="One file, no server")
    path: Path = Field(default=Path("posestream.db"), description="The file, relative to the data folder")

    @field_validator("path")
    @classmethod
    def _is_a_file(cls, path: Path) -> Path:
        if not path.name:
            raise ValueError("wanted the name of a file")
        return path


class InfluxStoreConfig(Section):
    """Series and alerts in an InfluxDB server."""

    kind: Literal["influxdb"] = Field(description="A server, for services and Grafana")
    url: str = Field(pattern=r"^https?://[^\s/@]+(/\S*)?$", description="http://HOST:8086, without a login")
    org: str = Field(min_length=1, description="Organisation")
    bucket: str = Field(min_length=1, description="Bucket, made by the one who runs the server")
    token: SecretStr = Field(min_length=1, description="Token that may write to the bucket: ${INFLUX_TOKEN}")
    timeout: Duration = Field(default=10.0, gt=0, description="Longest wait for one write")


StoreConfig = Annotated[SqliteStoreConfig | InfluxStoreConfig, Field(discriminator="kind")]


class ArchiveConfig(Section):
    """Poses and tracks as Parquet files."""

    path: Path = Field(default=Path("archive"), description="The folder, relative to the data folder")
    every: Duration = Field(default=60.0, gt=0, description="Files are closed at least so often")
    most_frames: int = Field(default=2000, ge=1, le=100_000, description="and after so many frames: bounds the memory")


Port = Annotated[int, Field(ge=0, le=65535)]


class MetricsConfig(Section):
    """Where each service tells Prometheus and the supervisor how it is: /metrics, /livez, /readyz."""

    bind: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on; figures, no pictures")
    ports: dict[Literal["ingest", "infer", "track", "alert", "write", "archive"], Port] = Field(
        default={"ingest": 9101, "infer": 9102, "track": 9103, "alert": 9104, "write": 9105, "archive": 9106},
        description="Port of each service; 0 takes a free one",
    )


class ServeConfig(Section):
    """The live page."""

    bind: Literal["127.0.0.1", "::1", "localhost"] = Field(
        default="127.0.0.1", description="Address to listen on; only this machine until there are users and tokens"
    )
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one")
