"""A camera in this process that serves real pictures over RTSP, and breaks and mends whenever a test says so.

    with RtspPeer(clip) as peer:
        open_something(peer.url())
        peer.break_with("reset")
        peer.mend()

Plays a clip of H.264, HEVC or Motion JPEG in an endless loop, in real time, every client from its first keyframe, over
TCP. A client that reads too slowly loses frames, as with a real camera.
"""

import importlib.util
import os
import random
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Self
from urllib.parse import quote


def _neighbour(name: str) -> ModuleType:
    """Load another file of this folder, once: without __init__ files there is no package to import from."""
    full = f"servers_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


packets = _neighbour("rtp_packets")
requests = _neighbour("rtsp_requests")

# What a fault does to the clients that are there; the words of FAULTS are those of ``break_with``.
_DROPS = frozenset({"close", "hole", "401", "403", "404", "500", "wrong codec", "audio only"})
_RESETS = frozenset({"reset", "gone"})
_SILENCE = frozenset({"stall", "hole"})
_STREAMS = frozenset({"garbage", "oversized", "noise", "size change", "no keyframe", "slow"})
FAULTS = _DROPS | _RESETS | _SILENCE | _STREAMS
_TURN_SECONDS = 0.02
_MOST_BEHIND_SECONDS = 2.0
_SLOW_BYTES_PER_SECOND = 1000.0
_HURRY = 0.001


@dataclass
class SenderReports:
    """RTCP: how often, and how far the camera's clock is off: ``offset_s`` now, ``drift`` seconds more per second."""

    every_s: float = 1.0
    offset_s: float = 0.0
    drift: float = 0.0


class RtspPeer:
    """One fake camera on a free port of 127.0.0.1.

    Args:
        clip: the file that is played.
        fps: frames a second, None for the clip's own.
        login: user and password that are wanted.
        digest: asked for by Digest; otherwise by Basic.
        reports: RTCP sender reports, None for none.
        audio: the SDP tells of an audio track, too.
        other: the clip that "size change" switches to.
        garbage_bytes_per_second: how fast "garbage", "oversized" and "noise" come.

    ``connects`` counts connections ever accepted, ``frames_sent`` and ``frames_skipped`` frames over all clients,
    ``sent_at`` holds the wall-clock time of each client's first frame.
    """

    def __init__(
        self,
        clip: Path,
        *,
        fps: float | None = None,
        login: tuple[str, str] | None = None,
        digest: bool = False,
        reports: SenderReports | None = None,
        audio: bool = False,
        other: Path | None = None,
        garbage_bytes_per_second: float = 4e6,
    ) -> None:
        self.clip = packets.read_clip(clip, fps)
        self.other = None if other is None else packets.read_clip(other, fps)
        self.reports = reports
        self.garbage_bytes_per_second = garbage_bytes_per_second
        self.desk = requests.Desk(login, digest=digest, audio=audio)
        self.fault: str | None = None
        self.shift_seconds = 0.0
        self.connects = self.frames_sent = self.frames_skipped = 0
        self.sent_at: list[float] = []
        self._lock = threading.Lock()
        self._clients: list[_Client] = []
        self._seen = threading.Event()
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, name=f"peer-{self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody and end all threads; may be called twice."""
        self._stop.set()
        self._thread.join()
        for client in self._present():
            client.thread.join()
        self._listener.close()

    def url(self, path: str = "/cam", login: tuple[str, str] | None = None, *, bare: bool = False) -> str:
        """Give the address, with the peer's own login, another one or none (``bare``), percent-encoded."""
        user = None if bare else login or self.desk.login
        prefix = f"{quote(user[0], safe='')}:{quote(user[1], safe='')}@" if user else ""
        return f"rtsp://{prefix}127.0.0.1:{self.port}{path}"

    @property
    def clients(self) -> int:
        """How many are connected now."""
        return len(self._present())

    @property
    def playing(self) -> int:
        """How many of them play."""
        return sum(client.playing for client in self._present())

    def break_with(self, fault: str) -> None:
        """Misbehave from now on, towards those who are there and those who come.

        reset, close: hangs up, at once on new ones. stall: silent, for ever towards those who are there. hole: hangs
        up, then accepts and never answers. gone: hangs up and listens no more. 401, 403, 404, 500, wrong codec, audio
        only: hangs up, then answers so. garbage: interleaved frames of random bytes; oversized: of 65,535 bytes each;
        noise: random bytes without frames. no keyframe: keyframes are left out. slow: 1 kB a second. size change:
        plays ``other``.
        """
        assert fault in FAULTS, f"{fault}: wanted one of {sorted(FAULTS)}"
        assert fault != "size change" or self.other is not None, "size change needs a peer with other=…"
        self._change(fault)

    def mend(self) -> None:
        """Be well again; those who were stalled stay so, for their connection is lost."""
        self._change(None)

    def jump(self, seconds: float) -> None:
        """Let the times of all pictures jump once, from now on."""
        self.shift_seconds += seconds

    def count(self, *, sent: int = 0, skipped: int = 0) -> None:
        """For the clients' threads: count frames."""
        with self._lock:
            self.frames_sent += sent
            self.frames_skipped += skipped

    @property
    def stopping(self) -> bool:
        """For the clients' threads: whether all is to end."""
        return self._stop.is_set()

    def _present(self) -> "list[_Client]":
        with self._lock:
            return list(self._clients)

    def _change(self, fault: str | None) -> None:
        """Set the fault; returns when everybody who was there has taken notice."""
        self._seen.clear()
        self.fault = fault
        for client in self._present():
            client.notice(fault)
        assert self._seen.wait(10.0), "the peer's listener hangs"
        if fault in _DROPS | _RESETS:
            for client in self._present():
                if client.doom is not None:
                    client.thread.join(10.0)

    def _accept(self) -> None:
        listening = True
        while not self._stop.is_set():
            gone = self.fault == "gone"
            if gone == listening:
                self._listen_again(listens=not gone)
                listening = not gone
            self._seen.set()
            if not listening:
                time.sleep(_TURN_SECONDS)
            elif select.select([self._listener], [], [], _TURN_SECONDS)[0]:
                self._welcome(self._listener.accept()[0])

    def _listen_again(self, *, listens: bool) -> None:
        """Keep the port in any case: bound, but nobody listens, means that connections are refused."""
        self._listener.close()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        if listens:
            self._listener.listen(64)

    def _welcome(self, connection: socket.socket) -> None:
        client = _Client(self, connection)
        with self._lock:
            self.connects += 1
            self._clients.append(client)
        if self.fault in {"reset", "close", "stall"}:
            client.notice(self.fault)
        client.thread.start()

    def leave(self, client: "_Client") -> None:
        """For the clients' threads: this one is through."""
        with self._lock:
            self._clients.remove(client)


class _Client:
    """One connection and its thread."""

    def __init__(self, peer: RtspPeer, connection: socket.socket) -> None:
        self.thread = threading.Thread(target=self._run, name=f"peer-{peer.port}-client", daemon=True)
        self.doom: str | None = None
        self.playing = False
        self._stalled = False
        self._peer, self._socket = peer, connection
        self._received = b""
        self._play: _Play | None = None
        self._garbage = random.Random(peer.connects).randbytes(1 << 17)  # noqa: S311  # no secret

    def notice(self, fault: str | None) -> None:
        """Take a change of the peer's state to heart."""
        if fault in _DROPS | _RESETS:
            self.doom = fault
        self._stalled = self._stalled or fault == "stall"

    def _run(self) -> None:
        self._socket.setblocking(False)  # noqa: FBT003  # its only form
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while not self._ended():
                self._listen()
                if not self._silent() and self._play is not None:
                    self._serve(self._play)
        except (OSError, EOFError):
            pass  # the other side hung up
        finally:
            if self.doom in _RESETS:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.close()
            self.playing = False
            self._peer.leave(self)

    def _ended(self) -> bool:
        return self._peer.stopping or self.doom is not None

    def _silent(self) -> bool:
        return self._stalled or self._peer.fault in _SILENCE

    def _listen(self) -> None:
        """Wait for the next request, but not longer than until the next frame is due."""
        wait = _TURN_SECONDS
        if self._play is not None and not self._silent():
            wait = min(wait, max(0.0, self._play.due() - time.monotonic()))
            wait = _HURRY if self._peer.fault in {"garbage", "oversized", "noise"} else wait
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        if not poll.poll(wait * 1000):
            return
        data = self._socket.recv(65536)
        if not data:
            raise EOFError
        if self._silent():
            return
        self._received += data
        while request := requests.next_request(self):
            self._answer(request)

    def take(self) -> bytes:
        """Give what was received and not used yet."""
        return self._received

    def keep(self, rest: bytes) -> None:
        """Keep what is not used yet."""
        self._received = rest

    def _answer(self, request: "requests.Request") -> None:
        peer = self._peer
        clip = peer.other if peer.fault == "size change" and peer.other else peer.clip
        answer = peer.desk.answer(request, clip, peer.fault)
        plays = request.method == "PLAY" and answer.startswith(b"RTSP/1.0 200")
        if plays:
            self._play = _Play(clip)
            answer = answer.replace(b"RTP_INFO", self._play.rtp_info(request.url).encode())
        self._send(answer)
        self.playing = plays or self.playing
        if request.method == "TEARDOWN":
            raise EOFError

    def _serve(self, play: "_Play") -> None:
        """Send what is due."""
        peer = self._peer
        if peer.fault in {"garbage", "oversized", "noise"}:
            return self._send(self._rubbish(peer.fault))
        now = time.monotonic()
        if now < play.due():
            return None
        if now - play.due() > _MOST_BEHIND_SECONDS:
            peer.count(skipped=play.skip(now))
            return None
        left_out = peer.fault == "no keyframe" and play.unit().keyframe
        self._send(play.frame(peer, left_out=left_out), slow=peer.fault == "slow")
        if not left_out:
            peer.count(sent=1)
        play.advance(peer.other if peer.fault == "size change" and peer.other else peer.clip)
        return None

    def _rubbish(self, kind: str) -> bytes:
        size = 65535 if kind == "oversized" else random.randint(1, 3000)  # noqa: S311  # no secret
        time.sleep(size / self._peer.garbage_bytes_per_second)
        at = random.randrange(len(self._garbage) - size)  # noqa: S311  # no secret
        data = self._garbage[at : at + size]
        return data if kind == "noise" else bytes(packets.interleaved(0, data))

    def _send(self, data: bytes, *, slow: bool = False) -> None:
        """Send all of it, for as long as this connection is to live."""
        rest = memoryview(data)
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT)
        while rest and not self._ended() and not self._silent():
            if poll.poll(_TURN_SECONDS * 1000):
                rest = rest[self._socket.send(rest[: int(_SLOW_BYTES_PER_SECOND * _TURN_SECONDS)] if slow else rest) :]
            if slow:
                time.sleep(_TURN_SECONDS)
                slow = self._peer.fault == "slow"


class _Play:
    """Where one client is in the endless loop over a clip."""

    def __init__(self, clip: "packets.Clip") -> None:
        self._clip = clip
        self._index = 0
        self._loop_seconds = 0.0
        self._frames = 0
        self._began, self._began_wall = time.monotonic(), time.time()
        self._sequence = int.from_bytes(os.urandom(2), "big")
        self._timestamp = int.from_bytes(os.urandom(4), "big")
        self._ssrc = int.from_bytes(os.urandom(4), "big")
        self._packets = self._octets = 0
        self._reported = -1e9

    def rtp_info(self, url: str) -> str:
        """Give what PLAY answers about sequence numbers and times."""
        return f"url={url.rstrip('/')}/track1;seq={self._sequence};rtptime={self._timestamp}"

    def unit(self) -> "packets.Unit":
        """Give the access unit whose turn it is."""
        return self._clip.units[self._index]

    def due(self) -> float:
        """Say when it is to be sent, on the monotonic clock."""
        return self._began + self._frames / self._clip.fps

    def frame(self, peer: RtspPeer, *, left_out: bool) -> bytes:
        """Give its packets, framed, with a sender report before it where one is due; the report alone if left out."""
        seconds = self._loop_seconds + self.unit().seconds
        timestamp = self._timestamp + round((seconds + peer.shift_seconds) * packets.CLOCK)
        framed = [self._report(peer, seconds, timestamp)]
        if self._frames == 0:
            peer.sent_at.append(time.time())
        bodies = [] if left_out else list(packets.payloads(self._clip, self.unit()))
        for number, body in enumerate(bodies, 1):
            last = number == len(bodies)
            packet = packets.rtp(body, self._clip.payload_type, self._sequence, timestamp, self._ssrc, marker=last)
            framed.append(packets.interleaved(0, packet))
            self._sequence += 1
            self._packets += 1
            self._octets += len(body)
        return b"".join(framed)

    def _report(self, peer: RtspPeer, seconds: float, timestamp: int) -> bytes:
        reports = peer.reports
        if reports is None or seconds - self._reported < reports.every_s:
            return b""
        self._reported = seconds
        wall = self._began_wall + seconds + reports.offset_s + reports.drift * seconds
        return bytes(
            packets.interleaved(1, packets.sender_report(self._ssrc, wall, timestamp, self._packets, self._octets))
        )

    def advance(self, clip: "packets.Clip") -> None:
        """Go to the next unit, from the end to the beginning, or to another clip's beginning."""
        self._frames += 1
        self._index += 1
        if clip is not self._clip or self._index == len(self._clip.units):
            self._clip, self._index = clip, 0
            self._loop_seconds = self._frames / clip.fps

    def skip(self, now: float) -> int:
        """Leave out frames up to a keyframe that is due; gives how many."""
        skipped = 0
        while self.due() < now or not self.unit().keyframe:
            self.advance(self._clip)
            skipped += 1
        return skipped
