"""The part of a config file that a source needs; secrets are variables of the environment."""

import json
import re

from ingest.diagnosis.cautions import sub_stream
from ingest.diagnosis.facts import StreamFacts
from ingest.diagnosis.rtsp_login import login_of
from ingest.source import Source, SourceKind, TlsTrust, camera_id_from
from posestream.redact import HIDDEN

_USUAL_FPS = 5.0
_DEFAULT_TLS = {"rtsps": TlsTrust.ACCEPT_ANY, "https": TlsTrust.VERIFY}


def config_block(source: Source, facts: StreamFacts) -> str:
    """Give lines of YAML that ``config check`` takes once the variables they name are set."""
    name = camera_id_from(source)
    url, variables = _url(source, name)
    lines = []
    if variables:
        lines.append(f"# set before: {', '.join(variables)} (or …_FILE, the name of a file that holds it)")
    lines += ["cameras:", f"  - id: {json.dumps(name)}", f"    url: {json.dumps(url, ensure_ascii=False)}"]
    small = sub_stream(url) if source.is_live and facts.width > 1280 else None
    if small:
        lines.append(f"    # cheaper, if it works: url: {json.dumps(small, ensure_ascii=False)}")
    scheme = source.address.partition(":")[0]
    if source.tls is not _DEFAULT_TLS.get(scheme, source.tls):
        lines.append(f"    tls: {source.tls.value}")
    lines.append(f"    fps: {_fps(facts):g}")
    return "\n".join(lines) + "\n"


def _fps(facts: StreamFacts) -> float:
    """Give the frames a second that are worth a look: 5, less where it sends less."""
    rate = facts.fps_stated or (facts.figures.fps_measured if facts.figures else None)
    return min(_USUAL_FPS, round(rate, 2)) if rate and rate > 0.01 else _USUAL_FPS


def _url(source: Source, name: str) -> tuple[str, list[str]]:
    """Give the address with a variable for each secret, and the variables."""
    if source.kind is SourceKind.FILE:
        return f"file:{source.address}", []
    if source.kind is SourceKind.FOLDER:
        return f"dir:{source.address}", []
    if not source.is_remote:
        return source.address, []
    prefix = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    prefix = prefix if prefix[:1].isalpha() else f"CAMERA_{prefix}"
    variables: list[str] = []

    def variable(purpose: str) -> str:
        variables.append(f"{prefix}_{purpose}")
        return f"${{{prefix}_{purpose}}}"

    scheme, _, rest = source.label.partition("://")
    login = f"{variable('USER')}:{variable('PASSWORD')}@" if login_of(source.address) else ""
    pieces = rest.split(HIDDEN)
    address = pieces[0]
    for number, piece in enumerate(pieces[1:], 1):
        address += variable(f"SECRET{number}") + piece
    return f"{scheme}://{login}{address}", variables
