"""One device asked over ONVIF: who it is, how its clock goes, which streams it has."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ingest.discovery.addresses import service_at, stream_url
from ingest.discovery.facts import DeviceFacts, Login, StreamProfile
from ingest.discovery.services import Caller, Token
from ingest.discovery.texts import said
from posestream.clock import Clock
from posestream.errors import AccessRefused, InputError

MOST_PROFILES = 16
_STREAM = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}


async def ask_device(caller: Caller, url: str, name: str, login: Login | None, clock: Clock) -> DeviceFacts:
    """Ask the device whose device service is at ``url``; ``name`` is what its answer to the call said.

    Without a login a device that wants one gives what it tells everybody, and ``needs_login``. The first refusal ends
    the asking: cameras lock a user out after a few.

    Raises:
        AccessRefused: if it refuses the login.
        InputError: if it does not answer, or not as ONVIF says.
    """
    host = urlsplit(url).hostname or ""
    skew = await _skew(caller, url, clock)
    token = None if login is None else Token(login, _now(clock) + timedelta(seconds=skew or 0.0))
    password = "" if login is None else login.password
    known: Any = None
    try:
        known = await caller.call("devicemgmt", url, "GetDeviceInformation", token)
        profiles = await _profiles(caller, await _media_url(caller, url, token), host, token)
        needs_login = False
    except AccessRefused:
        if login is not None:
            raise
        profiles, needs_login = (), True
    return DeviceFacts(
        host=host,
        service=url,
        name=said(name, password),
        maker=said(_part(known, "Manufacturer"), password),
        model=said(_part(known, "Model"), password),
        firmware=said(_part(known, "FirmwareVersion"), password),
        skew_seconds=skew,
        needs_login=needs_login,
        profiles=profiles,
    )


async def _skew(caller: Caller, url: str, clock: Clock) -> float | None:
    """Give the device's clock less ours at the middle of the exchange; whole seconds, as the device tells no more."""
    began = _now(clock)
    try:
        answer = await caller.call("devicemgmt", url, "GetSystemDateAndTime")
    except AccessRefused:  # against the standard, but some want a login for this too
        return None
    told = _time(_part(answer, "UTCDateTime"))
    return None if told is None else (told - (began + (_now(clock) - began) / 2)).total_seconds()


def _time(told: object) -> datetime | None:
    date, time = _part(told, "Date"), _part(told, "Time")
    numbers = [_part(date, "Year"), _part(date, "Month"), _part(date, "Day")]
    numbers += [_part(time, "Hour"), _part(time, "Minute"), _part(time, "Second")]
    if not all(isinstance(number, int) for number in numbers) or not 1970 <= numbers[0] <= 2200:
        return None
    year, month, day, hour, minute, second = numbers
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


async def _media_url(caller: Caller, url: str, token: Token | None) -> str:
    try:
        answer = await caller.call("devicemgmt", url, "GetCapabilities", token, Category="Media")
    except AccessRefused:
        raise
    except InputError:  # an old device may not know the category: many serve all at one place
        return url
    # zeep gives what is in the answer's only part
    return service_at(url, _part(_part(answer, "Media"), "XAddr"))


async def _profiles(caller: Caller, url: str, host: str, token: Token | None) -> tuple[StreamProfile, ...]:
    password = "" if token is None else token.login.password
    answer = await caller.call("media", url, "GetProfiles", token)
    told = answer if isinstance(answer, list) else []
    found = []
    for profile in told[:MOST_PROFILES]:
        encoder = _part(profile, "VideoEncoderConfiguration")
        if encoder is not None:
            address = await _stream_address(caller, url, _part(profile, "token"), token)
            found.append(_profile(profile, encoder, password, stream_url(address, host, password)))
    return tuple(found)


async def _stream_address(caller: Caller, url: str, profile: object, token: Token | None) -> object:
    try:
        answer = await caller.call("media", url, "GetStreamUri", token, StreamSetup=_STREAM, ProfileToken=profile)
    except AccessRefused:
        raise
    except InputError:  # a profile without a stream does not hide the others
        return None
    return _part(answer, "Uri")


def _profile(profile: object, encoder: object, password: str, address: tuple[str | None, str | None]) -> StreamProfile:
    size, rate = _part(encoder, "Resolution"), _part(encoder, "RateControl")
    width, height = (_number(_part(size, side), 16_384) for side in ("Width", "Height"))
    most = _number(_part(rate, "FrameRateLimit"), 240)
    # 1: every frame is encoded, 2: every second one (onvif.xsd, VideoRateControl)
    fps = most / max(1, _number(_part(rate, "EncodingInterval"), 240))
    return StreamProfile(
        name=said(_part(profile, "Name"), password),
        codec=said(_part(encoder, "Encoding"), password, 16),
        width=width if height else 0,
        height=height if width else 0,
        fps=fps or None,
        url=address[0],
        other_host=said(address[1], password) or None,
    )


def _part(whole: object, name: str) -> Any:  # noqa: ANN401  # zeep makes types at run time
    """Give a part of zeep's object; None where the device left it, or the whole, out."""
    return getattr(whole, name, None)


def _number(value: object, most: int) -> int:
    return value if isinstance(value, int) and 0 < value <= most else 0


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.wall_ns() / 1e9, UTC)
