"""The call to all cameras of the network and their answers: WS-Discovery 1.0 (2005/04) as ONVIF's Core uses it.

A device answers a Probe that is sent to 239.255.255.250:3702 by a ProbeMatches straight to the sender.
"""

import uuid
from collections.abc import Iterator
from urllib.parse import unquote

from ingest.discovery.addresses import own_service
from ingest.discovery.facts import Answer
from ingest.discovery.texts import said
from ingest.discovery.xml import hostile_xml

MOST_BYTES = 65_535
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_MOST_ADDRESSES = 16
# Cameras and encoders are network video transmitters; some devices answer to the wider kind alone.
_KINDS = (
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
)


def probe_messages() -> dict[str, bytes]:
    """Give the messages to send, by their ids: one for each kind of device that we look for."""
    messages = {}
    for namespace, kind in _KINDS:
        message_id = uuid.uuid4().urn
        messages[message_id] = (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_SOAP}" xmlns:a="{_ADDRESSING}" '
            f'xmlns:d="{_DISCOVERY}" xmlns:k="{namespace}"><s:Header><a:MessageID>{message_id}</a:MessageID>'
            f"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{_DISCOVERY}/Probe</a:Action>"
            f"</s:Header><s:Body><d:Probe><d:Types>k:{kind}</d:Types></d:Probe></s:Body></s:Envelope>"
        ).encode()
    return messages


def read_answer(datagram: bytes, sender: str, asked: set[str]) -> Answer | None:
    """Give what a datagram from ``sender`` says, None if it is no answer of an ONVIF device to one of our messages."""
    try:
        root = hostile_xml(datagram)
    except ValueError:
        return None
    related = [text.strip() for text in _texts(root, _ADDRESSING, "RelatesTo")]
    scopes = " ".join(_texts(root, _DISCOVERY, "Scopes")).split()
    kinds = " ".join(_texts(root, _DISCOVERY, "Types")).split()
    speaks_onvif = any(scope.startswith("onvif://") for scope in scopes) or any(
        kind.rpartition(":")[2] == known for kind in kinds for _, known in _KINDS
    )
    if root.find(f".//{{{_DISCOVERY}}}ProbeMatch") is None or not asked.intersection(related) or not speaks_onvif:
        return None
    addresses = " ".join(_texts(root, _DISCOVERY, "XAddrs")).split()[:_MOST_ADDRESSES]
    return Answer(sender, own_service(addresses, sender), _scope(scopes, "name") or _scope(scopes, "hardware"))


def _texts(root: object, namespace: str, name: str) -> Iterator[str]:
    for element in root.iter(f"{{{namespace}}}{name}"):  # type: ignore[attr-defined]  # lxml ships no types
        yield element.text or ""


def _scope(scopes: list[str], kind: str) -> str:
    start = f"onvif://www.onvif.org/{kind}/"
    return said(next((unquote(scope[len(start) :]) for scope in scopes if scope.startswith(start)), ""))
