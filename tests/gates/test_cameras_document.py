"""What docs/cameras.md shows is a config that loads, and its tables name every key."""

import re
from pathlib import Path

from posestream.config import DewarpConfig, parse_config


def test_every_block_is_a_good_config(root: Path) -> None:
    text = (root / "docs" / "cameras.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        assert parse_config(block, "docs/cameras.md", {"CAM_USER": "me", "CAM_PASSWORD": "x"}).cameras


def test_every_key_of_a_view_is_told(root: Path) -> None:
    text = (root / "docs" / "cameras.md").read_text()
    assert [key for key in DewarpConfig.model_fields if f"| `{key}` |" not in text] == []
