"""The house rules of what is committed: no machine's own paths, no package hosts, no media, no weights."""

import re
from pathlib import Path

import pytest

# Written so that this file does not break its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.~}$/-])/(?:work|root|home)/(?=\w)")
PACKAGE_HOST = re.compile(
    r"\b(?:pypi\.(?:org|python)|files\.python" + r"hosted|registry\.npm" + r"js|npm" + r"mirror)\b"
)
FORBIDDEN = {
    "media": {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".mp4", ".avi", ".mkv", ".mov", ".webm", ".mpg", ".ts"},
    "weights": {".onnx", ".tflite", ".bin", ".pb", ".pt", ".pth", ".engine", ".h5", ".npz", ".safetensors", ".xml"},
    "data": {".db", ".sqlite", ".parquet", ".whl", ".pkl", ".pickle"},
}
PICTURES = "docs/images/"
LARGEST = 500_000
LARGEST_PICTURE = 1_000_000
# path -> why it may name what others may not.
EXCEPTIONS: dict[str, str] = {"tests/gates/test_house.py": "shows what the rules find"}


def broken_rules(text: str) -> list[str]:
    """Give what a text names that it must not."""
    return [match[0] for rule in (MACHINE_PATH, PACKAGE_HOST) for match in rule.finditer(text)]


def forbidden_files(paths: list[str]) -> list[str]:
    """Give the files that must not be committed."""
    endings = set().union(*FORBIDDEN.values())
    return [
        path
        for path in paths
        if Path(path).suffix.lower() in endings and not (path.startswith(PICTURES) and path.endswith(".png"))
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("see /work/main/x", ["/work/"]),
        ("'/home/me'", ["/home/"]),
        ("/root/.cache", []),
        ("/root/x and /home/y", ["/root/", "/home/"]),
        ("a/work/b ~/work/c ${X}/home/d http://h/home/e deploy/root/f", []),
        ("https://pypi.org/simple", ["pypi.org"]),
        ("from PyPI, npm registry", []),
    ],
)
def test_the_gate_sees_what_is_forbidden(text: str, found: list[str]) -> None:
    assert broken_rules(text) == found


def test_the_gate_sees_media_and_weights() -> None:
    assert forbidden_files([]) == []
    wrong = ["a.mp4", "tests/b.JPG", "m/c.onnx", "docs/images/d.gif", "docs/e.png"]
    assert forbidden_files([*wrong, "docs/images/f.png", "g.py", "h.svg"]) == wrong


def test_no_media_and_no_weights(tracked: list[str]) -> None:
    assert forbidden_files(tracked) == []


def test_no_machine_path_and_no_package_host(tracked: list[str], root: Path) -> None:
    wrong = []
    for path in tracked:
        if path in EXCEPTIONS or forbidden_files([path]) or path.startswith(PICTURES):
            continue
        text = (root / path).read_text(encoding="utf-8")
        wrong += [
            f"{path}:{number}: {rule}"
            for number, line in enumerate(text.splitlines(), 1)
            for rule in broken_rules(line)
        ]
    assert wrong == []


def test_nothing_is_huge(tracked: list[str], root: Path) -> None:
    limits = {path: LARGEST_PICTURE if path.startswith(PICTURES) else LARGEST for path in tracked}
    assert [path for path, limit in limits.items() if (root / path).stat().st_size > limit] == []


def test_no_init_under_tests(tracked: list[str]) -> None:
    # tests/ingest/__init__.py would shadow the real ingest.
    assert [path for path in tracked if path.startswith("tests/") and path.endswith("/__init__.py")] == []
