"""What is known of a camera that was found: facts alone."""

from dataclasses import dataclass, field

from posestream.errors import PosestreamError


@dataclass(frozen=True)
class Login:
    """User and password, for one device at a time; the password is in no text of this object."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """A device that answered the call.

    Attributes:
        host: the address that the answer came from.
        url: where its device service is, on that host; None if it names no address of its own.
        name: what its scopes say it is called; "" if nothing.
    """

    host: str
    url: str | None
    name: str = ""


@dataclass(frozen=True)
class StreamProfile:
    """One stream that a device offers.

    Attributes:
        name: as the device calls it.
        codec: H264, JPEG, …; "" where it says nothing.
        width: pixels; 0 where it says nothing.
        height: pixels; 0 where it says nothing.
        fps: frames a second at most; None where it says nothing.
        url: RTSP address on the device's own host, for a config file: placeholders stand for every login. None without.
        other_host: the host that the device named in its stead; None if it was its own.
    """

    name: str
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float | None = None
    url: str | None = None
    other_host: str | None = None


@dataclass(frozen=True)
class DeviceFacts:
    """What a device says of itself.

    Attributes:
        host: its address.
        service: where its device service is.
        skew_seconds: its clock less ours; None where it does not tell.
        needs_login: it tells its streams to known users only, and no login was given.
    """

    host: str
    service: str
    name: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    skew_seconds: float | None = None
    needs_login: bool = False
    profiles: tuple[StreamProfile, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A device that was found or named, but could not be asked."""

    host: str
    name: str
    problem: PosestreamError
