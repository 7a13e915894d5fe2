"""Numbers as everybody reads them: YAML takes more for a number, and says nothing."""

import re
from typing import Any

import yaml

_STRANGE = re.compile(
    r"[-+]?(?:0[0-9_]+|0[xb][0-9a-f_]+|[0-9][0-9_]*(?::[0-9_.]+)+|[0-9.]+_[0-9_.]*)", re.ASCII | re.IGNORECASE
)


def refuse_surprises(text: str) -> None:
    """Refuse numbers that YAML reads as others than they look, and keys that stand for other keys.

    Raises:
        ValueError: naming the line: for 0100 (64), 1:30 (90), 0x10, 1_000 and the merge key <<.
    """
    for token in yaml.scan(text):
        if not isinstance(token, yaml.ScalarToken) or not token.plain:
            continue
        mark: Any = token.start_mark
        if token.value == "<<":
            raise ValueError(f"line {mark.line + 1}: the merge key << is not allowed")
        if _STRANGE.fullmatch(token.value):
            raise ValueError(
                f"line {mark.line + 1}: '{token.value}': write a plain number, or quote it if it is a text"
            )
