"""What the tracker can be told."""

from dataclasses import dataclass, field

from postprocess.smoothing import SmoothingSettings
from postprocess.tracking.looks import LooksSettings
from postprocess.tracking.motion import MotionNoise


@dataclass(frozen=True)
class TrackerSettings:
    """How persons are followed; scores and similarities in [0, 1], lengths in body heights, times in seconds.

    ``low_score`` .. ``high_score``: poses in between may only continue a track; poses below are ignored.
    ``birth_score``: least score of a pose that starts a track.
    ``joint_score``: least score of a joint that is compared.
    ``min_similarity``: least mean of IoU and OKS to be the same person; ``min_weak_overlap``: least of a weak pose.
    ``gate_sigmas``: how many standard deviations of the prediction a sight may be away.
    ``confirm_sightings``, ``confirm_seconds``: a track is believed after that many sights, or after two and that time.
    ``tentative_seconds``: how long an unbelieved track outlives being looked for in vain; ``lost_seconds``: how long a
    believed one. ``longest_look_seconds``: more than this between two looks was not looked at.
    ``unlooked_seconds``: how much longer a track lives when nobody looks.
    ``min_reach``, ``reach_per_second``, ``max_reach``: how far from its expected place a lost person may turn up.
    ``max_size_ratio``: and by which factor its height may differ then.
    ``duplicate_overlap``: IoU from which two poses or young tracks are one person.
    ``max_tracks``: a bound of memory; no track starts beyond it.
    """

    low_score: float = 0.1
    high_score: float = 0.3
    birth_score: float = 0.3
    joint_score: float = 0.2
    min_similarity: float = 0.25
    min_weak_overlap: float = 0.4
    gate_sigmas: float = 3.5
    confirm_sightings: int = 3
    confirm_seconds: float = 0.4
    tentative_seconds: float = 0.0
    lost_seconds: float = 2.0
    longest_look_seconds: float = 1.0
    unlooked_seconds: float = 30.0
    min_reach: float = 0.5
    reach_per_second: float = 1.0
    max_reach: float = 1.0
    max_size_ratio: float = 1.2
    duplicate_overlap: float = 0.85
    max_tracks: int = 500
    motion: MotionNoise = field(default_factory=MotionNoise)
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)
    looks: LooksSettings = field(default_factory=LooksSettings)


DEFAULT_SETTINGS = TrackerSettings()
