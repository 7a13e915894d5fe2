"""The layers of RTSP: does it speak, does it take the login, does it have this stream, can its codec be read."""

from collections.abc import Callable
from urllib.parse import urlsplit

from ingest.diagnosis.rtsp_login import Challenge, authorization, chosen_challenge, login_of
from ingest.diagnosis.rtsp_talk import Answer, NoAnswer, NotRtsp, RtspTalk
from ingest.diagnosis.sdp import READABLE, Track, read_tracks
from ingest.diagnosis.steps import Finding, LayerFailed, plain
from ingest.source import Source

_SECURE_HINT = "check the port (RTSP: 554 as a rule) and the scheme (rtsp:// or rtsps://)"
_STATUS_TEXTS: dict[int, tuple[str, str]] = {
    404: (
        "the camera has no stream under this path (404)",
        "look the path up in the camera's manual or web page (examples: docs/cameras.md)",
    ),
    453: ("the camera has no bandwidth left (453)", "close other viewers and recorders, or use the sub-stream"),
    454: ("the camera has lost the session (454)", "try again; if it stays so, restart the camera"),
    503: ("the camera is busy (503)", "close other viewers and recorders: most cameras serve only a few"),
}


class RtspExamination:
    """Talks to one camera as far as its description; ``connect`` gives it a new connection of its own.

    Nothing of what the camera answers is shown but numbers, and words that were cleaned; its server's name is taken
    only before it has heard the login.
    """

    def __init__(self, source: Source, connect: Callable[[], RtspTalk], first: RtspTalk) -> None:
        self._login = login_of(source.address)
        self._url = _bare(source.address)
        self._connect = connect
        self._talk = first
        self._described: Answer | None = None
        self.tracks: tuple[Track, ...] = ()

    def close(self) -> None:
        """Hang up."""
        self._talk.close()

    def greet(self) -> Finding:
        """RTSP: whether anything answers OPTIONS as RTSP does."""
        try:
            answer = self._talk.ask("OPTIONS", self._url)
        except NotRtsp as error:
            raise LayerFailed(f"the port answers, but not with RTSP: this is {error.who}", _SECURE_HINT) from None
        except NoAnswer as error:
            what = "hangs up" if error.hung_up else "says nothing"
            raise LayerFailed(
                f"the port accepts the connection, then {what}",
                f"restart the camera if it hangs; close other viewers; {_SECURE_HINT}",
            ) from None
        server = next((plain(value) for value in answer.values("server")), "")
        return Finding(f"speaks RTSP{f' ({server})' if server else ''}")

    def log_in(self) -> Finding:
        """LOGIN: whether the description is given to this user."""
        answer, challenge = self._describe(None), None
        if answer.status == 401 and self._login is not None:
            challenge = chosen_challenge(answer.values("www-authenticate"))
            if challenge is None:
                raise LayerFailed(
                    "the camera wants a kind of login that is not spoken here",
                    "set the camera's RTSP authentication to Digest with MD5, or to Basic",
                )
            answer = self._describe(challenge)
        self._refuse(answer)
        self._described = answer
        if challenge is None:
            return Finding("no login is asked for" + (", the one given is not needed" if self._login else ""))
        return Finding(f"user and password are taken ({challenge.scheme})")

    def read_description(self) -> Finding:
        """PATH: whether there is video under this path."""
        answer = self._described
        assert answer is not None  # noqa: S101  # log_in comes before
        if answer.status != 200:
            text, remedy = _STATUS_TEXTS.get(answer.status) or _other(answer.status)
            raise LayerFailed(text, remedy)
        self.tracks = read_tracks(answer.body)
        if not any(track.kind == "video" for track in self.tracks):
            kinds = ", ".join(sorted({track.kind for track in self.tracks})) or "nothing that can be understood"
            raise LayerFailed(
                f"the camera's description of the stream (SDP) has no video: {kinds}",
                "check the path, and whether video is switched on for this stream in the camera",
            )
        return Finding(f"described: {', '.join(f'{track.kind} {track.encoding}' for track in self.tracks)}")

    def check_codec(self) -> Finding:
        """CODEC: whether its video is in an encoding that can be read."""
        encoding = next(track.encoding for track in self.tracks if track.kind == "video")
        if encoding not in READABLE:
            raise LayerFailed(
                f"the video's codec {encoding} cannot be read",
                "set the camera's stream to H.264 (a maker's own 'smart' or '+' variant off), or use another stream",
            )
        return Finding(encoding)

    def _describe(self, challenge: Challenge | None) -> Answer:
        headers = {"Accept": "application/sdp"}
        if challenge is not None and self._login is not None:
            headers["Authorization"] = authorization(challenge, self._login, "DESCRIBE", self._url)
        try:
            try:
                return self._talk.ask("DESCRIBE", self._url, headers)
            except NoAnswer as error:  # some hang up after each 401
                if not error.hung_up:
                    raise
                self._talk.close()
                self._talk = self._connect()
                return self._talk.ask("DESCRIBE", self._url, headers)
        except (NoAnswer, NotRtsp):
            raise LayerFailed(
                "the camera speaks RTSP, but does not answer when it is asked for the stream",
                "restart the camera; check the path",
            ) from None

    def _refuse(self, answer: Answer) -> None:
        if answer.status == 401 and self._login is None:
            raise LayerFailed("the camera wants a login", "write rtsp://USER:PASSWORD@HOST/…")
        if answer.status == 401:
            raise LayerFailed(
                "the camera refuses this user and password (401)",
                "check both; after several wrong ones many cameras lock the user for minutes",
            )
        if answer.status == 403:
            raise LayerFailed(
                "the camera forbids this stream (403)",
                "allow this user to view live video over RTSP in the camera; some forbid by IP address",
            )


def _bare(address: str) -> str:
    """Give the address as it is sent: without login and fragment, with a path."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path or "/", fragment="").geturl()


def _other(status: int) -> tuple[str, str]:
    if status >= 500:
        return f"the camera answers with an error of its own ({status})", "restart the camera; update its firmware"
    if 300 <= status < 400:
        return f"the camera sends us to another address ({status})", "write the address that it leads to"
    return f"the camera refuses the request ({status})", "check the path"
