"""What becomes of a camera's packets before a frame of theirs is handed on."""

from enum import StrEnum


class PassReason(StrEnum):
    """Why nothing was handed on of a packet; the order is that of the counters on the board."""

    BEFORE_KEYFRAME = "before_keyframe"  # nothing can be seen before the first keyframe of a connect
    UNDECODABLE = "undecodable"  # the decoder refused it
    NOT_SAMPLED = "not_sampled"  # more frames came than are wanted a second
    GATED = "gated"  # decoded, and nothing moved
    NOT_DECODED = "not_decoded"  # nothing moved, so only keyframes were decoded
    NO_PICTURE = "no_picture"  # it held no picture, or the stream ended before the decoder gave it
    ABANDONED = "abandoned"  # in the reader when that was ended or broke down


PASS_REASONS = tuple(PassReason)
