"""rtsp_server.py PORT UNITS RATE PEM [USER PASSWORD]: serve H.264 over RTSP for ever; runs with the system's python3.

/cam gives the access units of the file UNITS (each with a 4-byte length before it) in an endless loop, every
client from the beginning. The units hold SPS and PPS themselves (the payloader would put them before every slice of a
keyframe, which breaks it in two). /sound gives sound only. PEM is a file with certificate and key: the server speaks
TLS then (rtsps); "-" for none. Prints "ready" once it listens; exit status 3: the port is taken.
"""

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402  # the versions must be said first

CAM = (
    "( appsrc name=source format=time block=true max-bytes=200000 "
    "caps=video/x-h264,stream-format=byte-stream,alignment=au,framerate={rate}/1 "
    "! h264parse ! rtph264pay name=pay0 pt=96 )"
)
SOUND = "( audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8 )"


def read_units(path: str) -> list[bytes]:
    data = Path(path).read_bytes()
    units, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        units.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return units


def feed_for_ever(
    units: list[bytes], rate: int
) -> Callable[[GstRtspServer.RTSPMediaFactory, GstRtspServer.RTSPMedia], None]:
    def configure(_factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
        number = 0

        def feed(source: Gst.Element, _size: int) -> None:
            nonlocal number
            buffer = Gst.Buffer.new_wrapped(units[number % len(units)])
            buffer.pts = buffer.dts = number * Gst.SECOND // rate
            buffer.duration = Gst.SECOND // rate
            number += 1
            source.emit("push-buffer", buffer)

        media.get_element().get_child_by_name("source").connect("need-data", feed)

    return configure


def ask_for_login(
    auth: GstRtspServer.RTSPAuth, factories: list[GstRtspServer.RTSPMediaFactory], user: str, password: str
) -> None:
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    permissions = GstRtspServer.RTSPPermissions()
    for what in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", what, True)  # noqa: FBT003  # gi takes no names
    for factory in factories:
        factory.set_permissions(permissions)


def main(port: str, units_path: str, rate: str, pem: str, *login: str) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    cam, sound = GstRtspServer.RTSPMediaFactory(), GstRtspServer.RTSPMediaFactory()
    cam.set_launch(CAM.format(rate=rate))
    cam.connect("media-configure", feed_for_ever(read_units(units_path), int(rate)))
    sound.set_launch(SOUND)
    mounts = server.get_mount_points()
    mounts.add_factory("/cam", cam)
    mounts.add_factory("/sound", sound)
    auth = GstRtspServer.RTSPAuth()
    if pem != "-":
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem))
    if login:
        ask_for_login(auth, [cam, sound], *login)
    if login or pem != "-":
        server.set_auth(auth)
    if not server.attach(None):
        sys.exit(3)
    print("ready", flush=True)  # noqa: T201  # the fixture waits for this line
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
