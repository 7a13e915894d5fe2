"""The rules' state of one camera as bytes: a byte with the version, then JSON; exact and read with suspicion."""

from pydantic import ConfigDict, TypeAdapter, ValidationError

from postprocess.rules.state import RulesState
from sinks.tracker_bytes import UnreadableState

RULES_VERSION = 1
MOST_RULES_BYTES = 16_000_000
# A dataclass takes no settings of its own here; a tuple of one does.
_STATES = TypeAdapter(tuple[RulesState], config=ConfigDict(ser_json_inf_nan="constants"))


def rules_to_bytes(state: RulesState) -> bytes:
    """Give the bytes of a state; equal states give equal bytes."""
    return bytes([RULES_VERSION]) + _STATES.dump_json((state,))


def rules_from_bytes(data: bytes) -> RulesState:
    """Give the state that was written, equal to the last bit.

    Raises:
        UnreadableState: if the bytes are of another version or no state at all.
    """
    if not data or data[0] != RULES_VERSION:
        raise UnreadableState(f"version {data[0] if data else 'none'}: this posestream reads {RULES_VERSION}")
    if len(data) > MOST_RULES_BYTES:
        raise UnreadableState(f"{len(data)} bytes: at most {MOST_RULES_BYTES} are read")
    try:
        return _STATES.validate_json(data[1:])[0]
    except ValidationError as exc:
        error = exc.errors(include_url=False, include_input=False)[0]
        raise UnreadableState(f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}") from None
