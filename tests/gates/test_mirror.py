"""Every source file has a test file of its name at the mirrored place."""

from pathlib import Path, PurePosixPath

# path -> where it is tested instead, and why there.
ELSEWHERE: dict[str, str] = {}


def mirror_of(path: str) -> str:
    """Give the place of a source file's tests: inference/runners/x.py -> tests/inference/runners/test_x.py."""
    source = PurePosixPath(path)
    return (PurePosixPath("tests") / source.parent / f"test_{source.name}").as_posix()


def missing_tests(paths: list[str], root: Path) -> list[str]:
    """Give the source files without a test file; ``__init__`` files are seen by the gate of exports."""
    return [
        path
        for path in paths
        if not path.endswith("__init__.py") and path not in ELSEWHERE and not (root / mirror_of(path)).is_file()
    ]


def test_the_gate_sees_what_is_missing(tmp_path: Path) -> None:
    assert mirror_of("inference/runners/x.py") == "tests/inference/runners/test_x.py"
    (tmp_path / "tests" / "ingest").mkdir(parents=True)
    (tmp_path / "tests" / "ingest" / "test_a.py").touch()
    assert missing_tests(["ingest/__init__.py", "ingest/a.py", "ingest/b.py"], tmp_path) == ["ingest/b.py"]


def test_every_source_file_is_tested(sources: dict[str, Path], root: Path) -> None:
    missing = missing_tests(list(sources), root)
    assert not missing, "no test file of mirrored name for:\n" + "\n".join(missing)


def test_every_exception_is_needed(sources: dict[str, Path], root: Path) -> None:
    assert [path for path in ELSEWHERE if path not in sources or (root / mirror_of(path)).is_file()] == []
