"""The layers below the stream: the host's name, the connection, and TLS."""

import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.diagnosis.steps import Finding, LayerFailed, TimeLimit
from ingest.source import Source, TlsTrust
from ingest.trust import tls_context

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_NAME_SECONDS = 5.0
_CONNECT_SECONDS = 4.0


@dataclass(frozen=True)
class Place:
    """Where a source is: ``secure`` means by TLS, and ``verify`` with a certificate that has to be good."""

    host: str
    port: int
    secure: bool
    verify: bool


def place_of(source: Source) -> Place:
    """Give host and port of a source that is reached over the network."""
    parts = urlsplit(source.address)
    secure = parts.scheme in {"rtsps", "https"}
    port = parts.port or _PORTS[parts.scheme]
    return Place(parts.hostname or "", port, secure, secure and source.tls is TlsTrust.VERIFY)


def look_up(place: Place, limit: TimeLimit) -> tuple[list[str], Finding]:
    """Give the host's addresses; raises LayerFailed where there are none."""
    if _is_address(place.host):
        return [place.host], Finding(f"{place.host} is an address: no name to look up")
    seconds = limit.left(_NAME_SECONDS)
    addresses = _resolve(place, seconds)
    if addresses is None:
        raise LayerFailed(
            f"DNS does not answer within {seconds:.0f} s for '{place.host}'",
            "check this machine's network and its DNS server, or write the camera's IP address",
        )
    if not addresses:
        raise LayerFailed(
            f"the name '{place.host}' is not known",
            "check its spelling and this machine's DNS server, or write the camera's IP address",
        )
    return addresses, Finding(f"{place.host} is {', '.join(addresses[:4])}")


def connect(place: Place, addresses: list[str], limit: TimeLimit) -> socket.socket:
    """Give a connection to the first address that answers; raises LayerFailed where none does."""
    errors: list[OSError] = []
    for number, address in enumerate(addresses):
        seconds = limit.left(_CONNECT_SECONDS) / (1 if number == len(addresses) - 1 else 2)
        try:
            return socket.create_connection((address, place.port), seconds)
        except OSError as error:
            errors.append(error)
    raise _unreached(place, errors[-1])


def secure(connection: socket.socket, place: Place, limit: TimeLimit) -> ssl.SSLSocket:
    """Begin TLS on a connection; raises LayerFailed, the connection is then closed."""
    connection.settimeout(limit.left(_CONNECT_SECONDS))
    try:
        return tls_context(verify=place.verify).wrap_socket(connection, server_hostname=place.host)
    except ssl.SSLCertVerificationError as error:
        failed = LayerFailed(
            f"the certificate cannot be verified: {error.verify_message.lower()}",
            "name the authority that signed it by SSL_CERT_FILE, or set 'tls: accept-any' for this camera",
        )
    except OSError as error:  # ssl.SSLError is one
        reason = "no answer to the handshake" if isinstance(error, TimeoutError) else "the port does not speak TLS"
        failed = LayerFailed(
            f"{place.host} port {place.port}: {reason}",
            "check the port (rtsps: 322, https: 443 as a rule), or write rtsp:// or http:// without the s",
        )
    connection.close()
    raise failed


def _unreached(place: Place, error: OSError) -> LayerFailed:
    where = f"{place.host} port {place.port}"
    if isinstance(error, ConnectionRefusedError):
        return LayerFailed(
            f"{where}: connection refused: a machine is there, but nothing listens on this port",
            "check the port, whether RTSP (or HTTP) is switched on in the camera, and whether the camera still boots",
        )
    if isinstance(error, TimeoutError):
        return LayerFailed(
            f"{where}: no answer",
            "check power, cable, VLAN and firewall, and that the camera still has this IP address (ping it)",
        )
    reason = (error.strerror or "cannot be reached").lower()
    return LayerFailed(f"{where}: {reason}", "check this machine's network, its routes, and the camera's IP address")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _resolve(place: Place, seconds: float) -> list[str] | None:
    """Give the addresses, none for an unknown name; None: no answer in time (DNS has limits of its own, not ours)."""
    answers: list[list[str]] = []

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.append([])
        else:
            answers.append(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None
