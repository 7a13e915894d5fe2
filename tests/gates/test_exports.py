"""What a package offers by ``__all__`` is there, and nothing that it imports is left out by mistake."""

import ast
import importlib
from pathlib import Path


def imported_names(text: str) -> set[str]:
    """Give the public names that a file imports from elsewhere with ``from … import``."""
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return {name for name in names if not name.startswith("_")}


def offered_names(text: str) -> list[str] | None:
    """Give ``__all__``, or None if there is none."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def test_the_gate_reads_what_a_file_says() -> None:
    text = "import os\nfrom a import b, c as d\nfrom e import _f\n__all__ = ['b', 'd']\n"
    assert (imported_names(text), offered_names(text)) == ({"b", "d"}, ["b", "d"])
    assert (imported_names(""), offered_names("")) == (set(), None)
    assert [is_a_face(text) for text in ("", text, "TABLE = {}\n" + text)] == [True, True, False]


def is_a_face(text: str) -> bool:
    """Whether a file holds nothing but imports and ``__all__``; one with tables of its own offers what it likes."""
    return all(
        isinstance(node, ast.Expr | ast.Import | ast.ImportFrom) or ast.unparse(node).startswith("__all__")
        for node in ast.parse(text).body
    )


def test_every_package_offers_what_it_imports(sources: dict[str, Path]) -> None:
    wrong = []
    for path, file in sources.items():
        text = file.read_text(encoding="utf-8")
        offered = offered_names(text) or []
        if file.name == "__init__.py" and is_a_face(text) and sorted(offered) != sorted(imported_names(text)):
            wrong.append(f"{path}: imports {sorted(imported_names(text))}, offers {offered}")
    assert wrong == []


def test_every_module_imports_and_has_what_it_offers(sources: dict[str, Path]) -> None:
    for path, file in sources.items():
        offered = offered_names(file.read_text(encoding="utf-8"))
        if offered is None and file.name != "__init__.py":
            continue
        module = importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        assert [name for name in offered or () if not hasattr(module, name)] == [], path
        assert module.__doc__, path
