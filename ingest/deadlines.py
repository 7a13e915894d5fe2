"""How long a live source may take for what, and when it is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LiveDeadlines:
    """Time limits of one live camera, all in seconds.

    ``next_frame_s`` is stretched to four frame intervals for cameras that send slowly. ``backoff_first_s`` and
    ``backoff_cap_s`` bound the wait between two connects; a connect that was healthy for ``healthy_s`` forgives
    the failures before it. After a refused login the wait is ``refused_retry_s``, lest the camera locks the user.
    """

    open_s: float = 10.0
    first_frame_s: float = 10.0
    next_frame_s: float = 5.0
    backoff_first_s: float = 0.5
    backoff_cap_s: float = 30.0
    healthy_s: float = 60.0
    refused_retry_s: float = 60.0
