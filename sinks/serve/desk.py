"""Where the API asks for changes of cameras; what runs them stands behind it."""

from typing import Any, Protocol

from posestream.errors import PosestreamError


class Refused(PosestreamError):
    """A change that is not made; ``status`` is the HTTP answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class CameraDesk(Protocol):
    """Takes changes of cameras; each is kept over a restart before it is answered. Safe for threads.

    Nothing that it gives or raises holds a secret: in a url ``***`` stands for it, and in a url that is given it means
    the secret that is known already.
    """

    def origins(self) -> dict[str, str]:
        """Give for each camera where it comes from: ``file``, ``api`` or ``command line``."""
        ...

    def camera(self, camera_id: str) -> dict[str, Any]:
        """Give a camera's config; raises Refused."""
        ...

    def add(self, body: dict[str, Any]) -> str:
        """Add a camera; gives its id. Raises Refused, or DependencyError if it cannot be kept."""
        ...

    def replace(self, camera_id: str, body: dict[str, Any]) -> None:
        """Let a camera be as ``body`` says, as a whole; raises as ``add``."""
        ...

    def remove(self, camera_id: str) -> None:
        """Take a camera away; raises as ``add``."""
        ...

    def restore(self, camera_id: str) -> None:
        """Forget what was said of a camera here: the config file's holds again; raises as ``add``."""
        ...

    def state(self) -> dict[str, Any]:
        """Give how the config is: ``problem`` of the file, ``needs_restart``, ``edited`` cameras."""
        ...
