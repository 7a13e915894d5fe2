"""ONVIF's services as zeep speaks them, from the descriptions that onvif-zeep-async brings along."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import zeep.exceptions
from lxml import etree
from zeep import AsyncClient, Settings
from zeep.proxy import AsyncServiceProxy
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.wsse.username import UsernameToken

from ingest.discovery.facts import Login
from ingest.discovery.transport import BoundedTransport
from posestream.errors import AccessRefused, InputError

_BINDINGS = {
    "devicemgmt": "{http://www.onvif.org/ver10/device/wsdl}DeviceBinding",
    "media": "{http://www.onvif.org/ver10/media/wsdl}MediaBinding",
}
# Devices leave out what the schema demands, so not strict; what they send declares no document type, fetches nothing.
_SETTINGS = Settings(strict=False, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False)
_REFUSALS = {"NotAuthorized", "FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken"}
# zeep's constructors are untyped, and Document's type for its transport is wrong.
_client: Any = AsyncClient
_proxy: Any = AsyncServiceProxy
_token: Any = UsernameToken
_document: Any = Document
# zeep writes tracebacks of answers that it cannot read, and what they hold, to the log.
logging.getLogger("zeep").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Token:
    """A login for messages: a digest of the password, which is not in it, at the device's own time."""

    login: Login
    device_time: datetime


class Caller:
    """Calls operations of one device's services."""

    def __init__(self, transport: BoundedTransport) -> None:
        self._transport = transport

    async def call(self, service: str, url: str, operation: str, token: Token | None = None, **fields: object) -> Any:  # noqa: ANN401  # zeep makes types at run time
        """Call an operation of ``devicemgmt`` or ``media`` and give zeep's object; absent fields are None.

        Raises:
            AccessRefused: if the device refuses the login, or wants one.
            InputError: if there is no answer or none that is read.
        """
        document = _description(service)
        client = _client(document, transport=self._transport, settings=_SETTINGS, wsse=token and _wsse(token))
        proxy = _proxy(client, document.bindings[_BINDINGS[service]], address=url)
        try:
            return await proxy[operation](**fields)
        except zeep.exceptions.Fault as fault:
            raise _told(fault, operation) from None
        except (AccessRefused, InputError):
            raise
        except (zeep.exceptions.Error, etree.LxmlError, ValueError, TypeError, AttributeError, LookupError) as exc:
            # zeep trips over odd answers in many ways
            raise InputError(f"answers {operation} with what is no ONVIF ({type(exc).__name__})") from None


def _wsse(token: Token) -> Any:  # noqa: ANN401  # as _token
    login = token.login
    created = token.device_time.replace(tzinfo=None)
    # Zulu: some devices take no time that ends in +00:00.
    return _token(login.user, login.password, use_digest=True, created=created, zulu_timestamp=True)


def _told(fault: Any, operation: str) -> InputError:  # noqa: ANN401  # zeep's classes are untyped
    names = [str(getattr(code, "localname", code)) for code in (*(fault.subcodes or ()), fault.code or "")]
    if _REFUSALS & {name.rpartition(":")[2] for name in names}:
        return AccessRefused("refuses the login")
    return InputError(f"answers {operation} with a fault")


class _OwnFiles(Transport):
    """Reads the files of the library's folder and nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self._folder = folder

    def load(self, url: str) -> bytes:
        path = Path(url).resolve()
        if not path.is_relative_to(self._folder):
            raise InputError(f"{url}: a description of ONVIF's services wants what is not in its folder")
        return path.read_bytes()


@cache
def _description(service: str) -> Any:  # noqa: ANN401  # zeep's classes are untyped
    found = find_spec("onvif")  # not imported: that would set up the logs of the whole process
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("onvif-zeep-async is not installed", name="onvif")
    folder = (Path(found.submodule_search_locations[0]) / "wsdl").resolve()
    return _document(str(folder / f"{service}.wsdl"), _OwnFiles(folder), settings=_SETTINGS)
