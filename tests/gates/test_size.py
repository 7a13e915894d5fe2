"""A file fits on a few screens, a class on two, a function on one: so that beauty cannot rot unseen."""

import ast
from collections.abc import Iterator
from pathlib import Path

FILE, CLASS, FUNCTION = 300, 150, 50

# path -> why it may be longer; for tables of numbers only.
LONGER: dict[str, str] = {}


def too_long(path: str, text: str) -> Iterator[str]:
    """Say what in a file is too long."""
    lines = len(text.splitlines())
    if lines > FILE and path not in LONGER:
        yield f"{path}: {lines} lines, at most {FILE}"
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        most = CLASS if isinstance(node, ast.ClassDef) else FUNCTION
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > most:
            yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {most}"


def test_the_gate_sees_what_is_too_long() -> None:
    body = "".join(f"    x = {number}\n" for number in range(50))
    assert list(too_long("a.py", "")) == []
    assert list(too_long("a.py", "x = 1\n" * 300)) == []
    assert list(too_long("a.py", "x = 1\n" * 301)) == ["a.py: 301 lines, at most 300"]
    assert list(too_long("a.py", "async def f():\n" + body)) == ["a.py:1: f has 51 lines, at most 50"]
    assert list(too_long("a.py", "class C:\n" + body)) == []
    assert list(too_long("a.py", "class C:\n" + body * 3)) == ["a.py:1: C has 151 lines, at most 150"]


def test_nothing_is_too_long(sources: dict[str, Path]) -> None:
    assert [line for path, file in sources.items() for line in too_long(path, file.read_text(encoding="utf-8"))] == []


def test_every_exception_is_needed(sources: dict[str, Path]) -> None:
    assert [path for path in LONGER if path not in sources or len(sources[path].read_text().splitlines()) <= FILE] == []
