"""Where models lie: one folder per model and digest in the user's cache, checked before use."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from inference.models import pull_words
from inference.models.card import ModelCard
from inference.models.sources import GRAPH_FILE, FileSource
from posestream.errors import ModelMissing

CACHE_VARIABLE = "POSESTREAM_CACHE"
_MANIFEST = "manifest.json"
_GRAPH = "model.pb"


def default_cache() -> Path:
    """Give the cache folder: POSESTREAM_CACHE, else the user's own."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_path("posestream", appauthor=False))


def sha256_of(path: Path) -> str:
    """Give the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class ModelCache:
    """The models under ``root``: pulled ones and the user's own."""

    root: Path

    def folder(self, card: ModelCard) -> Path:
        """Give the folder of a model; it need not be there."""
        return self.root / "models" / card.identity

    def has(self, card: ModelCard) -> bool:
        """Say whether a model came completely; its content is checked by ``graph``."""
        last = GRAPH_FILE if isinstance(card.source, FileSource) else _MANIFEST
        return (self.folder(card) / last).is_file()

    def store(self, card: ModelCard, graph: bytes) -> Path:
        """Keep a converted graph; the manifest comes last, so a torn write does not count as pulled."""
        folder = self.folder(card)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MANIFEST).unlink(missing_ok=True)
        path = folder / _GRAPH
        write_whole(path, graph)
        manifest = {"sha256": hashlib.sha256(graph).hexdigest(), "bytes": len(graph), "files": card.source.files}
        write_whole(folder / _MANIFEST, json.dumps(manifest, indent=1).encode())
        return path

    def graph(self, card: ModelCard) -> Path:
        """Give the path of a graph after checking its sha256 and that of the weights beside it.

        Raises:
            ModelMissing: if it is not there, or is damaged.
        """
        if isinstance(card.source, FileSource):
            return self._own_graph(card, card.source)
        folder = self.folder(card)
        remedy = f"run '{pull_words([card])}' once with a network"
        try:
            manifest = json.loads((folder / _MANIFEST).read_text())
            whole = manifest["files"] == card.source.files and sha256_of(folder / _GRAPH) == manifest["sha256"]
        except OSError:
            raise ModelMissing(f"model '{card.name}' is not in {self.root}: {remedy}") from None
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise ModelMissing(f"model '{card.name}' in {self.root} is damaged: {remedy}")
        return folder / _GRAPH

    def size(self, card: ModelCard) -> int:
        """Give the bytes of a model that is here: its graph and the weights beside it."""
        names = card.source.files if isinstance(card.source, FileSource) else (_GRAPH,)
        return sum((self.folder(card) / name).stat().st_size for name in names)

    def _own_graph(self, card: ModelCard, source: FileSource) -> Path:
        folder, remedy = self.folder(card), "add it again with 'posestream models add'"
        try:
            whole = bool(source.files) and all(sha256_of(folder / name) == sum_ for name, sum_ in source.files.items())
        except OSError:
            raise ModelMissing(f"model '{card.name}' is not in {self.root}: {remedy}") from None
        if not whole:
            raise ModelMissing(f"model '{card.name}' in {self.root} is damaged: {remedy}")
        return folder / GRAPH_FILE


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name first: nobody ever reads half of it."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
